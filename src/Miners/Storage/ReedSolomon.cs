using System.Buffers;

namespace VideoMesh.Miners.Storage;

/// <summary>A systematic Reed–Solomon code over GF(2⁸): k data blocks stay as they are, m parity blocks are added, and any k of the k + m give back the rest. Parity is data times a
/// Cauchy matrix, the one of ISA-L's <c>gf_gen_cauchy1_matrix</c>: with it every k rows of the whole are independent, and the bytes are the same as ISA-L's.</summary>
/// <remarks>A block shorter than the longest counts as if zeros followed; they are neither stored nor given.</remarks>
public sealed class ReedSolomon
{
    /// <summary>The most blocks of a stripe.</summary>
    public const int MaxBlocks = 255;

    private readonly ParityKernel _parity;

    /// <param name="data">k, at least 1.</param>
    /// <param name="parity">m, at least 1; k + m at most <see cref="MaxBlocks"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such code.</exception>
    public ReedSolomon(int data, int parity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(data, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(parity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parity, MaxBlocks - data);
        (Data, Parity) = (data, parity);
        var rows = new byte[parity, data];
        Fill(rows, row => data + row, Coefficient);
        _parity = new ParityKernel(rows);
    }

    /// <summary>k.</summary>
    public int Data { get; }

    /// <summary>m.</summary>
    public int Parity { get; }

    /// <summary>Makes the parity blocks.</summary>
    /// <param name="data">All k data blocks, of any lengths.</param>
    /// <param name="parity">All m parity blocks, each as long as the longest data block; overwritten.</param>
    /// <exception cref="ArgumentException">The blocks are not as said.</exception>
    public void Encode(IReadOnlyList<ReadOnlyMemory<byte>> data, IReadOnlyList<Memory<byte>> parity)
    {
        if (data.Count != Data || parity.Count != Parity)
        {
            throw new ArgumentException($"This code has {Data} data blocks and {Parity} parity blocks.", nameof(data));
        }

        var length = data.Max(block => block.Length);
        if (parity.Any(block => block.Length != length))
        {
            throw new ArgumentException($"Parity is as long as the longest data block: {length} bytes.", nameof(parity));
        }

        Combine(_parity, data, parity, length);
    }

    /// <summary>Makes missing blocks from k others.</summary>
    /// <param name="present">k blocks and which they are: 0…k − 1 data, k…k + m − 1 parity.</param>
    /// <param name="missing">Blocks to fill, each as long as it was.</param>
    /// <exception cref="ArgumentException">There are not exactly k different blocks of this code, or one of them is missing, too.</exception>
    public void Rebuild(IReadOnlyList<(int Place, ReadOnlyMemory<byte> Bytes)> present, IReadOnlyList<(int Place, Memory<byte> Bytes)> missing)
    {
        var places = present.Select(block => block.Place).Concat(missing.Select(block => block.Place)).ToList();
        if (present.Count != Data || places.Distinct().Count() != places.Count || places.Any(place => place < 0 || place >= Data + Parity))
        {
            throw new ArgumentException($"Rebuilding takes {Data} different blocks of the stripe's {Data + Parity}, and makes others.", nameof(present));
        }

        if (missing.Count > 0)
        {
            var kernel = new ParityKernel(RowsOf([.. present.Select(block => block.Place)], [.. missing.Select(block => block.Place)]));
            Combine(kernel, [.. present.Select(block => block.Bytes)], [.. missing.Select(block => block.Bytes)], missing.Max(block => block.Bytes.Length));
        }
    }

    // What is missing as a sum of what is present: the missing blocks' rows of the code times the inverse of the present blocks' rows.
    private byte[,] RowsOf(int[] present, int[] missing)
    {
        var inverse = new byte[Data, Data];
        Fill(inverse, row => present[row], Coefficient);
        if (!GaloisField.TryInvert(inverse))
        {
            throw new InvalidOperationException("Rows of a Cauchy code are independent.");
        }

        var rows = new byte[missing.Length, Data];
        Fill(rows, row => missing[row], (place, column) =>
        {
            byte sum = 0;
            for (var i = 0; i < Data; i++)
            {
                sum ^= GaloisField.Multiply(Coefficient(place, i), inverse[i, column]);
            }

            return sum;
        });
        return rows;
    }

    private byte Coefficient(int place, int column) => place >= Data ? GaloisField.Invert((byte)(place ^ column)) : place == column ? (byte)1 : (byte)0;

    private static void Fill(byte[,] rows, Func<int, int> place, Func<int, int, byte> coefficient)
    {
        for (var row = 0; row < rows.GetLength(0); row++)
        {
            for (var column = 0; column < rows.GetLength(1); column++)
            {
                rows[row, column] = coefficient(place(row), column);
            }
        }
    }

    // Goes from one length of a block to the next longer: between two lengths, each input is either wholly there or all zeros, and each output wholly wanted or not at all.
    private static unsafe void Combine(ParityKernel kernel, IReadOnlyList<ReadOnlyMemory<byte>> inputs, IReadOnlyList<Memory<byte>> outputs, int length)
    {
        var ends = inputs.Select(block => block.Length).Concat(outputs.Select(block => block.Length)).Append(length).Where(end => end > 0 && end <= length).Distinct().Order();
        var pins = inputs.Select(block => block.Pin()).Concat(outputs.Select(block => ((ReadOnlyMemory<byte>)block).Pin())).ToList();
        try
        {
            using var spare = new Spare();
            var from = new nint[inputs.Count];
            var to = new nint[outputs.Count];
            var start = 0;
            foreach (var end in ends)
            {
                for (var at = start; at < end; at += Spare.Bytes)
                {
                    for (var i = 0; i < from.Length; i++)
                    {
                        from[i] = inputs[i].Length >= end ? (nint)pins[i].Pointer + at : spare.Zeros;
                    }

                    for (var i = 0; i < to.Length; i++)
                    {
                        to[i] = outputs[i].Length >= end ? (nint)pins[inputs.Count + i].Pointer + at : spare.Unwanted;
                    }

                    kernel.Run(from, to, Math.Min(Spare.Bytes, end - at));
                }

                start = end;
            }
        }
        finally
        {
            pins.ForEach(pin => pin.Dispose());
        }
    }

    // Zeros to read from, and a place for what nobody wants; a piece at a time, so that both stay small.
    private sealed class Spare : IDisposable
    {
        public const int Bytes = 64 << 10;

        private readonly MemoryHandle _zeros = new byte[Bytes].AsMemory().Pin();
        private readonly MemoryHandle _unwanted = new byte[Bytes].AsMemory().Pin();

        public unsafe nint Zeros => (nint)_zeros.Pointer;

        public unsafe nint Unwanted => (nint)_unwanted.Pointer;

        public void Dispose()
        {
            _zeros.Dispose();
            _unwanted.Dispose();
        }
    }
}
