using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VideoMesh.Miners.Storage;

/// <summary>How the kernel multiplies bytes. The widest that the machine has is taken; tests run each.</summary>
internal enum ParityPath
{
    /// <summary>One table look-up a byte.</summary>
    Scalar = 0,

    /// <summary>16 bytes at once: two look-ups of half bytes by shuffle (Plank, Greenan and Miller, FAST 2013). SSSE3, AVX and Arm have it.</summary>
    Shuffle128,

    /// <summary>The same on 32 bytes: AVX2.</summary>
    Shuffle256,

    /// <summary>64 bytes at once: multiplication by a constant is a linear map of bits, which GFNI with AVX-512 does in one instruction.</summary>
    Affine512,
}

/// <summary>Multiplies a matrix over GF(2⁸) with columns of bytes: each output is a sum of inputs times constants. This is all that coding and repair do with bytes.</summary>
internal sealed unsafe class ParityKernel
{
    // Outputs that one pass over the inputs makes: their sums stay in registers.
    private const int Group = 4;

    private const int HalfTable = 16;

    // Bytes of each input that stay in the cache while further groups of outputs pass over them.
    private const int Stretch = 16 << 10;

    private readonly byte[,] _matrix;
    private readonly ParityPath _path;
    private readonly ulong[] _affine;
    private readonly byte[] _halves;

    /// <param name="matrix">A row for each output, a column for each input.</param>
    public ParityKernel(byte[,] matrix)
        : this(matrix, Best)
    {
    }

    internal ParityKernel(byte[,] matrix, ParityPath path)
    {
        if (path > Best)
        {
            throw new PlatformNotSupportedException($"This machine does not have {path}.");
        }

        _matrix = matrix;
        _path = path;
        _affine = [.. matrix.Cast<byte>().Select(AffineOf)];
        _halves = [.. matrix.Cast<byte>().SelectMany(HalvesOf)];
    }

    public static ParityPath Best { get; } =
        Gfni.V512.IsSupported && Avx512BW.IsSupported ? ParityPath.Affine512
        : Avx2.IsSupported ? ParityPath.Shuffle256
        : Vector128.IsHardwareAccelerated ? ParityPath.Shuffle128
        : ParityPath.Scalar;

    private int Inputs => _matrix.GetLength(1);

    private int Outputs => _matrix.GetLength(0);

    /// <summary>Fills the outputs.</summary>
    /// <param name="inputs">One pointer for each column; each has <paramref name="length"/> bytes.</param>
    /// <param name="outputs">One pointer for each row; likewise.</param>
    /// <param name="length">In bytes.</param>
    public void Run(ReadOnlySpan<nint> inputs, ReadOnlySpan<nint> outputs, int length)
    {
        if (inputs.Length != Inputs || outputs.Length != Outputs)
        {
            throw new ArgumentException("There is one input for each column and one output for each row.", nameof(inputs));
        }

        fixed (nint* from = inputs)
        fixed (nint* to = outputs)
        {
            for (var at = 0; at < length; at += Stretch)
            {
                RunStretch((byte**)from, (byte**)to, at, Math.Min(length, at + Stretch));
            }
        }
    }

    private void RunStretch(byte** inputs, byte** outputs, int start, int end)
    {
        for (var first = 0; first < Outputs; first += Group)
        {
            var count = Math.Min(Group, Outputs - first);
            var done = _path switch
            {
                ParityPath.Affine512 => Affine(inputs, outputs, first, count, start, end),
                ParityPath.Shuffle256 => Shuffle256(inputs, outputs, first, count, start, end),
                ParityPath.Shuffle128 => Shuffle128(inputs, outputs, first, count, start, end),
                _ => start,
            };
            Scalar(inputs, outputs, first, count, done, end);
        }
    }

    // The rows of a group that there are not repeat the last one: what they would store is the same bytes again.
    private static int Row(int first, int count, int place) => first + Math.Min(place, count - 1);

    private int Affine(byte** inputs, byte** outputs, int first, int count, int start, int end)
    {
        const int Width = 64;
        var at = start;
        var columns = Inputs;
        fixed (ulong* matrices = _affine)
        {
            var m0 = matrices + (Row(first, count, 0) * columns);
            var m1 = matrices + (Row(first, count, 1) * columns);
            var o0 = outputs[Row(first, count, 0)];
            var o1 = outputs[Row(first, count, 1)];
            if (count <= Group / 2)
            {
                for (; at + Width <= end; at += Width)
                {
                    Vector512<byte> s0 = default, s1 = default;
                    for (var column = 0; column < columns; column++)
                    {
                        var x = Vector512.Load(inputs[column] + at);
                        s0 ^= Product512(x, m0[column]);
                        s1 ^= Product512(x, m1[column]);
                    }

                    s0.Store(o0 + at);
                    s1.Store(o1 + at);
                }

                return at;
            }

            var m2 = matrices + (Row(first, count, 2) * columns);
            var m3 = matrices + (Row(first, count, 3) * columns);
            var o2 = outputs[Row(first, count, 2)];
            var o3 = outputs[Row(first, count, 3)];
            for (; at + Width <= end; at += Width)
            {
                Vector512<byte> s0 = default, s1 = default, s2 = default, s3 = default;
                for (var column = 0; column < columns; column++)
                {
                    var x = Vector512.Load(inputs[column] + at);
                    s0 ^= Product512(x, m0[column]);
                    s1 ^= Product512(x, m1[column]);
                    s2 ^= Product512(x, m2[column]);
                    s3 ^= Product512(x, m3[column]);
                }

                s0.Store(o0 + at);
                s1.Store(o1 + at);
                s2.Store(o2 + at);
                s3.Store(o3 + at);
            }
        }

        return at;
    }

    private int Shuffle256(byte** inputs, byte** outputs, int first, int count, int start, int end)
    {
        const int Width = 32;
        var at = start;
        var columns = Inputs;
        var low = Vector256.Create((byte)0x0F);
        fixed (byte* halves = _halves)
        {
            var t0 = Table(halves, first, count, 0, 0);
            var t1 = Table(halves, first, count, 1, 0);
            var t2 = Table(halves, first, count, 2, 0);
            var t3 = Table(halves, first, count, 3, 0);
            var o0 = outputs[Row(first, count, 0)];
            var o1 = outputs[Row(first, count, 1)];
            var o2 = outputs[Row(first, count, 2)];
            var o3 = outputs[Row(first, count, 3)];
            for (; at + Width <= end; at += Width)
            {
                Vector256<byte> s0 = default, s1 = default, s2 = default, s3 = default;
                for (var column = 0; column < columns; column++)
                {
                    var x = Vector256.Load(inputs[column] + at);
                    var lows = x & low;
                    var highs = Vector256.ShiftRightLogical(x.AsUInt16(), 4).AsByte() & low;
                    var table = column * 2 * HalfTable;
                    s0 ^= Product256(t0 + table, lows, highs);
                    s1 ^= Product256(t1 + table, lows, highs);
                    s2 ^= Product256(t2 + table, lows, highs);
                    s3 ^= Product256(t3 + table, lows, highs);
                }

                s0.Store(o0 + at);
                s1.Store(o1 + at);
                s2.Store(o2 + at);
                s3.Store(o3 + at);
            }
        }

        return at;
    }

    private int Shuffle128(byte** inputs, byte** outputs, int first, int count, int start, int end)
    {
        const int Width = 16;
        var at = start;
        var columns = Inputs;
        var low = Vector128.Create((byte)0x0F);
        fixed (byte* halves = _halves)
        {
            for (; at + Width <= end; at += Width)
            {
                for (var place = 0; place < count; place++)
                {
                    Vector128<byte> sum = default;
                    for (var column = 0; column < columns; column++)
                    {
                        var x = Vector128.Load(inputs[column] + at);
                        var table = Table(halves, first, count, place, column);
                        sum ^= Vector128.Shuffle(Vector128.Load(table), x & low)
                            ^ Vector128.Shuffle(Vector128.Load(table + HalfTable), Vector128.ShiftRightLogical(x, 4));
                    }

                    sum.Store(outputs[first + place] + at);
                }
            }
        }

        return at;
    }

    private void Scalar(byte** inputs, byte** outputs, int first, int count, int start, int end)
    {
        fixed (byte* halves = _halves)
        {
            for (var at = start; at < end; at++)
            {
                for (var place = 0; place < count; place++)
                {
                    var sum = 0;
                    for (var column = 0; column < Inputs; column++)
                    {
                        var table = Table(halves, first, count, place, column);
                        var x = inputs[column][at];
                        sum ^= table[x & 0x0F] ^ table[HalfTable + (x >> 4)];
                    }

                    outputs[first + place][at] = (byte)sum;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* Table(byte* halves, int first, int count, int place, int column) => halves + (((Row(first, count, place) * Inputs) + column) * 2 * HalfTable);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Product256(byte* table, Vector256<byte> lows, Vector256<byte> highs) =>
        Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(table), lows) ^ Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(table + HalfTable), highs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Product512(Vector512<byte> x, ulong matrix) => Gfni.V512.GaloisFieldAffineTransform(x, Vector512.Create(matrix).AsByte(), 0);

    // Byte 7 - i of the matrix says which bits of x add up to bit i of the product (Intel SDM, GF2P8AFFINEQB).
    private static ulong AffineOf(byte factor)
    {
        var matrix = 0UL;
        for (var bit = 0; bit < 8; bit++)
        {
            var product = GaloisField.Multiply(factor, (byte)(1 << bit));
            for (var i = 0; i < 8; i++)
            {
                matrix |= (ulong)(product >> i & 1) << ((8 * (7 - i)) + bit);
            }
        }

        return matrix;
    }

    private static IEnumerable<byte> HalvesOf(byte factor) =>
        Enumerable.Range(0, HalfTable).Select(half => GaloisField.Multiply(factor, (byte)half))
            .Concat(Enumerable.Range(0, HalfTable).Select(half => GaloisField.Multiply(factor, (byte)(half << 4))));
}
