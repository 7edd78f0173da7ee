using System.Runtime.InteropServices;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Tests.Sandbox;

public sealed class SeccompTests : IAsyncLifetime
{
    private static readonly bool IsX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    private Probe Probe { get; set; } = null!;

    public async Task InitializeAsync() => Probe = await Probe.CreateAsync(SandboxKind.Bubblewrap);

    public async Task DisposeAsync() => await Probe.DisposeAsync();

    [Theory]
    [InlineData("io_uring_setup", 425, 425, "8, $buffer", 1)]
    [InlineData("keyctl", 250, 219, "0, -3, 0", 1)]
    [InlineData("ptrace", 101, 117, "0, 0, 0, 0", 1)]
    [InlineData("bpf", 321, 280, "0, $buffer, 0", 1)]
    [InlineData("userfaultfd", 323, 282, "0", 1)]
    [InlineData("clone of a user namespace", 56, 220, "0x10000011, 0, 0, 0, 0", 1)]
    [InlineData("clone3", 435, 435, "$buffer, 88", 38)]
    [InlineData("socket to the hypervisor", 41, 198, "40, 1, 0", 97)]
    public async Task Calls_no_codec_needs_are_refused(string call, int x64, int arm64, string arguments, int error)
    {
        var said = await Probe.AskAsync(
            $"perl -e 'my $buffer = \"\\0\" x 256; my $result = syscall({(IsX64 ? x64 : arm64)}, {arguments}); print \"$result \" . ($! + 0)'");
        Assert.Equal($"{call}: -1 {error}", $"{call}: {said}");
    }

    [Fact]
    public async Task Sockets_of_the_empty_network_can_still_be_made() =>
        Assert.Equal("made", await Probe.AskAsync("perl -e 'use Socket; socket(my $s, AF_INET, SOCK_STREAM, 0) and socket(my $u, AF_UNIX, SOCK_STREAM, 0) and print \"made\"'"));
}
