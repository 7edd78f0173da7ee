using System.Net;

namespace VideoMesh.Miners.Content;

/// <summary>Bytes in memory as the body of a PUT, sent piece by piece so that a stall is noticed.</summary>
internal sealed class MemoryBody : HttpContent
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly TransferPace _pace;

    public MemoryBody(ReadOnlyMemory<byte> bytes, TransferPace pace)
    {
        _bytes = bytes;
        _pace = pace;
        Headers.ContentLength = bytes.Length;
        Headers.ContentType = new("application/octet-stream");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        for (var rest = _bytes; rest.Length > 0;)
        {
            var piece = rest[..Math.Min(rest.Length, ContentHashing.PieceBytes)];
            await stream.WriteAsync(piece, cancellationToken);
            _pace.Progress(piece.Length);
            rest = rest[piece.Length..];
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _bytes.Length;
        return true;
    }
}
