using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace VideoMesh.Chain.Primitives;

/// <summary>Keccak-256 as Ethereum uses it: the original Keccak padding (<c>0x01</c>), not that of SHA-3 (<c>0x06</c>).</summary>
public static class Keccak
{
    /// <summary>Bytes absorbed per permutation: 1600 − 2·256 bits.</summary>
    private const int Rate = 136;

    /// <summary>Hashes a whole buffer.</summary>
    public static Hash256 Hash(ReadOnlySpan<byte> data)
    {
        Span<byte> digest = stackalloc byte[Hash256.Size];
        Hash(data, digest);
        return new Hash256(digest);
    }

    /// <summary>Hashes a whole buffer into the first 32 bytes of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than 32 bytes.</exception>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        if (destination.Length < Hash256.Size)
        {
            throw new ArgumentException($"A Keccak-256 digest needs {Hash256.Size} bytes, not {destination.Length}.", nameof(destination));
        }

        Span<ulong> state = stackalloc ulong[KeccakPermutation.Lanes];
        state.Clear();
        while (data.Length >= Rate)
        {
            Absorb(state, data);
            data = data[Rate..];
        }

        Span<byte> last = stackalloc byte[Rate];
        last.Clear();
        data.CopyTo(last);
        last[data.Length] = 0x01;
        last[Rate - 1] |= 0x80;
        Absorb(state, last);

        for (var lane = 0; lane < Hash256.Size / sizeof(ulong); lane++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination[(lane * sizeof(ulong))..], state[lane]);
        }
    }

    private static void Absorb(Span<ulong> state, ReadOnlySpan<byte> block)
    {
        var lanes = MemoryMarshal.Cast<byte, ulong>(block[..Rate]);
        for (var lane = 0; lane < lanes.Length; lane++)
        {
            state[lane] ^= BitConverter.IsLittleEndian ? lanes[lane] : BinaryPrimitives.ReverseEndianness(lanes[lane]);
        }

        KeccakPermutation.Permute(state);
    }
}
