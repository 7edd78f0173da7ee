using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Miners.Storage;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Storage;

public sealed class ReedSolomonTests
{
    public static TheoryData<int> Paths => [.. Enumerable.Range(0, (int)ParityKernel.Best + 1)];

    [Theory]
    [InlineData(10, 4, 100_000)]
    [InlineData(8, 4, 4096)]
    [InlineData(4, 2, 65_537)]
    [InlineData(1, 1, 7)]
    [InlineData(17, 3, 1_000)]
    [InlineData(200, 55, 321)]
    public void Parity_is_the_bytes_that_ISA_L_makes(int data, int parity, int length)
    {
        var blocks = Blocks(data, length, seed: data);
        Assert.Equal(IsaL.Encode(blocks, parity), Parity(blocks, parity));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_way_to_multiply_gives_the_same_bytes(int path)
    {
        foreach (var outputs in Enumerable.Range(1, 9))
        {
            var (inputs, length) = (Blocks(5, 1000, seed: outputs), 1000);
            var matrix = new byte[outputs, inputs.Length];
            new Random(outputs).NextBytes(System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref matrix[0, 0], matrix.Length));
            Assert.Equal(Run(new ParityKernel(matrix, ParityPath.Scalar), inputs, outputs, length), Run(new ParityKernel(matrix, (ParityPath)path), inputs, outputs, length));
        }
    }

    [Fact]
    public void The_field_has_the_product_of_polynomials()
    {
        for (var a = 0; a < 256; a++)
        {
            for (var b = 0; b < 256; b++)
            {
                Assert.Equal(Slowly(a, b), GaloisField.Multiply((byte)a, (byte)b));
            }

            Assert.True(a == 0 || GaloisField.Multiply((byte)a, GaloisField.Invert((byte)a)) == 1);
        }
    }

    [Fact]
    public void Any_k_blocks_give_back_all_others() => Prop.ForAll(Gen.Choose(1, 20).ToArbitrary(), Gen.Choose(1, 10).ToArbitrary(), ArbMap.Default.ArbFor<int>(), (data, parity, seed) =>
    {
        var random = new Random(seed);
        var blocks = Enumerable.Range(0, data).Select(_ => Blocks(1, random.Next(0, 3000), random.Next())[0]).ToArray();
        var whole = blocks.Concat(Parity(blocks, parity)).ToArray();
        var order = Enumerable.Range(0, whole.Length).ToArray();
        random.Shuffle(order);
        var present = order.Take(data).Select(place => (place, (ReadOnlyMemory<byte>)whole[place])).ToList();
        var missing = order.Skip(data).Select(place => (Place: place, Bytes: new byte[whole[place].Length].AsMemory())).ToList();
        new ReedSolomon(data, parity).Rebuild(present, missing);
        return missing.All(block => block.Bytes.Span.SequenceEqual(whole[block.Place]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_short_block_counts_as_if_zeros_followed()
    {
        var blocks = Blocks(4, 200_000, seed: 1);
        blocks[2] = blocks[2][..70_001];
        var padded = blocks.Select(block => block.Concat(new byte[200_000 - block.Length]).ToArray()).ToArray();
        Assert.Equal(Parity(padded, 2), Parity(blocks, 2));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(200, 56)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void Refuses_a_code_that_there_is_not(int data, int parity) => Assert.ThrowsAny<ArgumentException>(() => new ReedSolomon(data, parity));

    [Fact]
    public void Refuses_blocks_that_do_not_suffice_or_are_not_of_the_code()
    {
        var code = new ReedSolomon(2, 2);
        Memory<byte> block = new byte[4];
        Assert.Throws<ArgumentException>(() => code.Rebuild([(0, block)], [(1, block)]));
        Assert.Throws<ArgumentException>(() => code.Rebuild([(0, block), (0, block)], [(1, block)]));
        Assert.Throws<ArgumentException>(() => code.Rebuild([(0, block), (4, block)], [(1, block)]));
        Assert.Throws<ArgumentException>(() => code.Rebuild([(0, block), (1, block)], [(1, block)]));
        Assert.Throws<ArgumentException>(() => code.Encode([block], [block, block]));
        Assert.Throws<ArgumentException>(() => code.Encode([block, block], [block, new byte[5]]));
    }

    private static byte[][] Parity(byte[][] blocks, int parity)
    {
        var made = Enumerable.Range(0, parity).Select(_ => new byte[blocks.Max(block => block.Length)]).ToArray();
        new ReedSolomon(blocks.Length, parity).Encode([.. blocks.Select(block => (ReadOnlyMemory<byte>)block)], [.. made.Select(block => block.AsMemory())]);
        return made;
    }

    private static byte[][] Blocks(int count, int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var block = new byte[length];
            random.NextBytes(block);
            return block;
        })];
    }

    private static byte[][] Run(ParityKernel kernel, byte[][] inputs, int outputs, int length)
    {
        var made = Enumerable.Range(0, outputs).Select(_ => new byte[length]).ToArray();
        var pins = inputs.Concat(made).Select(block => block.AsMemory().Pin()).ToList();
        unsafe
        {
            var pointers = pins.Select(pin => (nint)pin.Pointer).ToArray();
            kernel.Run(pointers.AsSpan(0, inputs.Length), pointers.AsSpan(inputs.Length), length);
        }

        pins.ForEach(pin => pin.Dispose());
        return made;
    }

    private static byte Slowly(int a, int b)
    {
        var product = 0;
        for (var bit = 0; bit < 8; bit++)
        {
            product ^= (b >> bit & 1) == 1 ? a << bit : 0;
        }

        for (var bit = 15; bit >= 8; bit--)
        {
            product ^= (product >> bit & 1) == 1 ? 0x11D << (bit - 8) : 0;
        }

        return (byte)product;
    }
}
