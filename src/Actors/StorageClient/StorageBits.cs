using System.Collections;
using Google.Protobuf;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Actors.StorageClient;

/// <summary>Bits between storage nodes: the lowest of a byte first.</summary>
internal static class StorageBits
{
    public static ByteString Write(BitArray bits)
    {
        var bytes = new byte[(bits.Length + 7) / 8];
        bits.CopyTo(bytes, 0);
        return ByteString.CopyFrom(bytes);
    }

    /// <returns>Null: there are more than any object has blocks.</returns>
    public static BitArray? Read(ByteString bytes) => bytes.Length <= (Manifest.MaxBlocks + 7) / 8 ? new BitArray(bytes.ToByteArray()) : null;
}
