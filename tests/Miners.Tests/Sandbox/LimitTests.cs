using VideoMesh.Miners.Sandbox;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Sandbox;

public sealed class BubblewrapLimitTests : LimitStories
{
    internal override Task<Probe> CreateAsync() => Probe.CreateAsync(SandboxKind.Bubblewrap);
}

[Collection(DockerIsolationTests.Name)]
public sealed class DockerLimitTests(DockerDaemon engine) : LimitStories
{
    internal override Task<Probe> CreateAsync() => Probe.CreateAsync(SandboxKind.Docker, engine.Socket);
}
