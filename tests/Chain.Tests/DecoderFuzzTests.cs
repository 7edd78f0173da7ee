namespace VideoMesh.Chain.Tests;

public sealed class DecoderFuzzTests
{
    [Fact]
    public void No_bytes_whatever_surprise_a_decoder()
    {
        var (read, refused) = DecoderFuzz.Run(seed: 1, cases: 4000);

        // both sides of the decoders were seen
        Assert.True(read > 1000, $"only {read} inputs were read");
        Assert.True(refused > 10_000, $"only {refused} inputs were refused");
    }
}
