using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Primitives;

public sealed class KeccakTests
{
    [Theory]
    [InlineData("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")]
    [InlineData("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45")]
    [InlineData("testing", "5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02")]
    [InlineData("The quick brown fox jumps over the lazy dog", "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15")]
    [InlineData("The quick brown fox jumps over the lazy dog.", "578951e24efd62a3d63a86f7cd19aaa53c898fe287d2552133220370240b572d")]
    [InlineData("transfer(address,uint256)", "a9059cbb2ab09eb219583f4a59a5d0623ade346d962bcd4e46b11da047c9049b")]
    public void Gives_the_published_digests(string text, string digest) =>
        Assert.Equal("0x" + digest, Keccak.Hash(Encoding.UTF8.GetBytes(text)).ToString());

    [Fact]
    public void The_reference_below_is_Keccak_since_it_gives_SHA3_with_the_padding_of_SHA3()
    {
        Assert.True(SHA3_256.IsSupported);
        foreach (var data in EveryLengthUpTo(300))
        {
            Assert.Equal(SHA3_256.HashData(data), Reference(data, padding: 0x06));
        }
    }

    [Fact]
    public void Agrees_with_the_reference_at_every_length_around_the_block_size()
    {
        foreach (var data in EveryLengthUpTo(300))
        {
            Assert.Equal(Reference(data, padding: 0x01), Keccak.Hash(data).ToArray());
        }
    }

    [Fact]
    public void Agrees_with_the_reference_on_any_bytes() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), data => Reference(data, padding: 0x01).SequenceEqual(Keccak.Hash(data).ToArray()))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Hashes_data_at_any_alignment()
    {
        var data = EveryLengthUpTo(200).Last();
        var shifted = new byte[data.Length + 1];
        data.CopyTo(shifted, 1);

        Assert.Equal(Keccak.Hash(data), Keccak.Hash(shifted.AsSpan(1)));
    }

    [Fact]
    public void Writes_into_a_longer_buffer_and_refuses_a_shorter_one()
    {
        var buffer = new byte[40];
        Keccak.Hash("abc"u8, buffer);

        Assert.Equal(Keccak.Hash("abc"u8), new Hash256(buffer.AsSpan(0, 32)));
        Assert.All(buffer[32..], b => Assert.Equal(0, b));
        Assert.Throws<ArgumentException>(() => Keccak.Hash("abc"u8, new byte[31]));
    }

    private static IEnumerable<byte[]> EveryLengthUpTo(int length) =>
        Enumerable.Range(0, length + 1).Select(n => Enumerable.Range(0, n).Select(i => (byte)((i * 151) + n)).ToArray());

    /// <summary>FIPS 202 as its text reads, one step mapping after the other, constants computed and not listed.</summary>
    private static byte[] Reference(byte[] data, byte padding)
    {
        const int rate = 136;
        var padded = new byte[((data.Length / rate) + 1) * rate];
        data.CopyTo(padded, 0);
        padded[data.Length] ^= padding;
        padded[^1] ^= 0x80;
        var a = new ulong[5, 5];
        for (var block = 0; block < padded.Length; block += rate)
        {
            for (var i = 0; i < rate / 8; i++)
            {
                a[i % 5, i / 5] ^= BitConverter.ToUInt64(padded, block + (8 * i));
            }

            var lfsr = 1;
            for (var round = 0; round < 24; round++)
            {
                a = Iota(Chi(RhoAndPi(Theta(a))), ref lfsr);
            }
        }

        return [.. Enumerable.Range(0, 4).SelectMany(x => BitConverter.GetBytes(a[x, 0]))];
    }

    private static ulong[,] Theta(ulong[,] a)
    {
        var c = Enumerable.Range(0, 5).Select(x => a[x, 0] ^ a[x, 1] ^ a[x, 2] ^ a[x, 3] ^ a[x, 4]).ToArray();
        return Map((x, y) => a[x, y] ^ c[(x + 4) % 5] ^ BitOperations.RotateLeft(c[(x + 1) % 5], 1));
    }

    private static ulong[,] RhoAndPi(ulong[,] a)
    {
        var offsets = new int[5, 5];
        for (var (t, x, y) = (0, 1, 0); t < 24; t++, (x, y) = (y, ((2 * x) + (3 * y)) % 5))
        {
            offsets[x, y] = (t + 1) * (t + 2) / 2 % 64;
        }

        return Map((x, y) => BitOperations.RotateLeft(a[(x + (3 * y)) % 5, x], offsets[(x + (3 * y)) % 5, x]));
    }

    private static ulong[,] Chi(ulong[,] a) => Map((x, y) => a[x, y] ^ (~a[(x + 1) % 5, y] & a[(x + 2) % 5, y]));

    private static ulong[,] Iota(ulong[,] a, ref int lfsr)
    {
        for (var j = 0; j <= 6; j++)
        {
            a[0, 0] ^= (ulong)(lfsr & 1) << ((1 << j) - 1);
            lfsr = (lfsr << 1) ^ ((lfsr >> 7) * 0x171);
        }

        return a;
    }

    private static ulong[,] Map(Func<int, int, ulong> lane)
    {
        var result = new ulong[5, 5];
        for (var i = 0; i < 25; i++)
        {
            result[i % 5, i / 5] = lane(i % 5, i / 5);
        }

        return result;
    }
}
