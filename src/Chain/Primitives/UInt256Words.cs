using System.Buffers.Binary;

namespace VideoMesh.Chain.Primitives;

/// <summary>32 bytes held inline as four big-endian words, so that a hash is a value and costs no allocation. Ordered as the unsigned number they spell.</summary>
internal readonly record struct UInt256Words(ulong A, ulong B, ulong C, ulong D) : IComparable<UInt256Words>
{
    public UInt256Words(ReadOnlySpan<byte> bytes)
        : this(
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]))
    {
    }

    /// <summary>One bit, the first being the highest.</summary>
    public bool Bit(int index) => ((index >> 6) switch { 0 => A, 1 => B, 2 => C, _ => D } >> (63 - (index & 63)) & 1) == 1;

    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter than 32 bytes.</exception>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], D);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], C);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], B);
        BinaryPrimitives.WriteUInt64BigEndian(destination, A);
    }

    // Strangers choose the hashes they announce: a seeded combination keeps them from aiming at one bucket of a dictionary.
    // In halves, because the hash code of a whole word is the exclusive-or of its halves and has no seed.
    public override int GetHashCode() => HashCode.Combine(
        (uint)A, (uint)(A >> 32), (uint)B, (uint)(B >> 32), (uint)C, (uint)(C >> 32), (uint)D, (uint)(D >> 32));

    public int CompareTo(UInt256Words other) =>
        A != other.A ? A.CompareTo(other.A)
        : B != other.B ? B.CompareTo(other.B)
        : C != other.C ? C.CompareTo(other.C)
        : D.CompareTo(other.D);

    public static bool operator <(UInt256Words left, UInt256Words right) => left.CompareTo(right) < 0;

    public static bool operator >(UInt256Words left, UInt256Words right) => left.CompareTo(right) > 0;

    public static bool operator <=(UInt256Words left, UInt256Words right) => left.CompareTo(right) <= 0;

    public static bool operator >=(UInt256Words left, UInt256Words right) => left.CompareTo(right) >= 0;
}
