using System.Buffers.Binary;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Primitives;

/// <summary>Builders for what these stories need.</summary>
internal static class A
{
    public static PrivateKey Key(string hex) => PrivateKey.FromBytes(Convert.FromHexString(hex));

    public static PrivateKey Key(uint number)
    {
        var bytes = new byte[PrivateKey.Size];
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(28), number);
        return PrivateKey.FromBytes(bytes);
    }

    public static byte[] Hex(string digits) => Convert.FromHexString(digits);
}
