using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Tests.Sandbox;

public sealed class BubblewrapIsolationTests : IsolationStories
{
    internal override Task<Probe> CreateAsync() => Probe.CreateAsync(SandboxKind.Bubblewrap);
}
