using VideoMesh.Miners.Sandbox;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Sandbox;

[Collection(Name)]
public sealed class DockerIsolationTests(DockerDaemon engine) : IsolationStories
{
    public const string Name = "docker";

    internal override Task<Probe> CreateAsync() => Probe.CreateAsync(SandboxKind.Docker, engine.Socket);
}

/// <summary>One engine for all tests that need one.</summary>
[CollectionDefinition(DockerIsolationTests.Name)]
public sealed class DockerEngineForTests : ICollectionFixture<DockerDaemon>;
