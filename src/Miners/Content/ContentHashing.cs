using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Content;

internal static class ContentHashing
{
    /// <summary>Size in bytes of the pieces content is moved in.</summary>
    public const int PieceBytes = 128 * 1024;

    public static ContentHash Finish(this IncrementalHash hasher)
    {
        Span<byte> digest = stackalloc byte[ContentHash.Size];
        hasher.GetHashAndReset(digest);
        return new ContentHash(digest);
    }

    public static async Task<ContentHash> HashAsync(SafeFileHandle file, CancellationToken cancellationToken)
    {
        using var hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            var offset = 0L;
            while (await RandomAccess.ReadAsync(file, buffer, offset, cancellationToken) is > 0 and var read)
            {
                hasher.AppendData(buffer, 0, read);
                offset += read;
            }

            return hasher.Finish();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
