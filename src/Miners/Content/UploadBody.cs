using System.Buffers;
using System.Net;

namespace VideoMesh.Miners.Content;

/// <summary>Content as the body of a PUT, read piece by piece from the store.</summary>
internal sealed class UploadBody : HttpContent
{
    private readonly ContentReader _reader;
    private readonly TransferPace _pace;

    public UploadBody(ContentReader reader, TransferPace pace)
    {
        _reader = reader;
        _pace = pace;
        Headers.ContentLength = reader.Length;
        Headers.ContentType = new("application/octet-stream");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ContentHashing.PieceBytes);
        try
        {
            for (var offset = 0L; offset < _reader.Length;)
            {
                var read = await RandomAccess.ReadAsync(_reader.Stream.SafeFileHandle, buffer, offset, cancellationToken);
                if (read == 0)
                {
                    throw new ContentStoreException(ContentRefusal.NotFound, "The content became shorter on disk while it was sent.");
                }

                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                offset += read;
                _pace.Progress(read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _reader.Length;
        return true;
    }
}
