using System.Buffers.Binary;

namespace VideoMesh.Chain.Primitives;

/// <summary>32 bytes held inline, so that a hash is a value and costs no allocation.</summary>
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

    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, A);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], B);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], C);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], D);
    }

    public int CompareTo(UInt256Words other) => (A, B, C, D).CompareTo((other.A, other.B, other.C, other.D));

    public static bool operator <(UInt256Words left, UInt256Words right) => left.CompareTo(right) < 0;

    public static bool operator >(UInt256Words left, UInt256Words right) => left.CompareTo(right) > 0;

    public static bool operator <=(UInt256Words left, UInt256Words right) => left.CompareTo(right) <= 0;

    public static bool operator >=(UInt256Words left, UInt256Words right) => left.CompareTo(right) >= 0;
}
