using System.Globalization;
using Xunit.Abstractions;

namespace VideoMesh.Chain.Tests;

public sealed class DecoderFuzzTests(ITestOutputHelper output)
{
    /// <summary>Inputs for each decoder; a night's worth with VIDEOMESH_TEST_FUZZ.</summary>
    private static long Cases => long.TryParse(Environment.GetEnvironmentVariable("VIDEOMESH_TEST_FUZZ"), CultureInfo.InvariantCulture, out var cases) ? cases : 3000;

    /// <summary>The same every time for a few; a night's are new each night, and a failure names its seed.</summary>
    private static int Seed => Cases > 10_000 ? (int)(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() & int.MaxValue) : 1;

    [Fact]
    public void No_bytes_whatever_surprise_a_decoder()
    {
        var (cases, seed) = (Cases, Seed);
        var (read, refused) = DecoderFuzz.Run(seed, cases);
        output.WriteLine($"seed {seed}: {read} inputs were read, {refused} were refused");

        // both sides of the decoders were seen
        Assert.True(read > cases / 4, $"only {read} inputs were read");
        Assert.True(refused > 2 * cases, $"only {refused} inputs were refused");
    }
}
