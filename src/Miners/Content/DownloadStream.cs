using System.Net;
using System.Net.Http.Headers;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Content;

/// <summary>The bytes of one download, which goes on with a range where a connection broke. Gives exactly the expected number of bytes or throws.</summary>
internal sealed class DownloadStream(ContentPeer peer, ContentHash hash, long expectedBytes, TransferPace pace) : Stream
{
    private HttpResponseMessage? _response;
    private Stream? _body;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => expectedBytes;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    // The transfer's own token knows both the caller's and the stall.
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Exception? failure = null;
            try
            {
                // Empty content is asked for too: who has nothing must not pass for who has it.
                _body ??= await AskAsync();
                if (_position == expectedBytes)
                {
                    return 0;
                }

                var wanted = buffer[..(int)Math.Min(buffer.Length, expectedBytes - _position)];
                if (await _body.ReadAsync(wanted, pace.Token) is > 0 and var read)
                {
                    _position += read;
                    pace.Progress(read);
                    return read;
                }
            }
            catch (Exception caught)
            {
                pace.ThrowIfFinal(caught);
                failure = caught;
            }

            Hang();
            await pace.BeforeRetryAsync(failure);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Hang();
        }

        base.Dispose(disposing);
    }

    private void Hang()
    {
        _response?.Dispose();
        _response = null;
        _body = null;
    }

    private async Task<Stream> AskAsync()
    {
        using var request = peer.Request(HttpMethod.Get, hash);
        if (_position > 0)
        {
            request.Headers.Range = new RangeHeaderValue(_position, null);
        }

        _response = await peer.SendAsync(request, pace.Token);
        await ContentPeer.RequireSuccessAsync(_response, pace.Token);
        var content = _response.Content.Headers;
        var range = content.ContentRange;
        var fits = _position == 0
            ? _response.StatusCode == HttpStatusCode.OK
            : _response.StatusCode == HttpStatusCode.PartialContent && range?.From == _position && range.To == expectedBytes - 1;
        if (!fits || content.ContentEncoding.Count > 0 || content.ContentLength is null)
        {
            throw new ContentTransferException(ContentRefusal.BadAnswer);
        }

        if (content.ContentLength != expectedBytes - _position)
        {
            throw new ContentTransferException(
                content.ContentLength > expectedBytes - _position ? ContentRefusal.TooLarge : ContentRefusal.HashMismatch,
                $"The peer offers {content.ContentLength + _position} bytes where {expectedBytes} were announced.");
        }

        return await _response.Content.ReadAsStreamAsync(pace.Token);
    }
}
