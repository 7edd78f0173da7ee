using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;

namespace VideoMesh.Actors.Ledger;

/// <summary>Fetches block bodies and final blocks from peers. A peer can give what was asked for, nothing, or rubbish that is found out here; sizes and time are bounded.</summary>
/// <param name="http">Follows no redirects; the caller owns it.</param>
/// <param name="maxBodyBytes">The longest body of this chain.</param>
/// <param name="patience">For one answer.</param>
public sealed class LedgerDownloads(HttpClient http, uint maxBodyBytes, TimeSpan patience, TimeProvider time)
{
    /// <summary>A body whose hash and size are right, or null when this peer does not give it.</summary>
    public async Task<byte[]?> BodyAsync(Uri peer, ContentHash hash, uint bytes, CancellationToken cancellationToken)
    {
        if (bytes > maxBodyBytes)
        {
            return null;
        }

        var body = await GetAsync(new Uri(peer, LedgerEndpoints.Bodies + hash), (int)bytes, cancellationToken);
        return body?.Length == bytes && ContentHash.Of(body) == hash ? body : null;
    }

    /// <summary>Final blocks from a height on, as the peer tells: neither certificates nor rules are checked here, only that they can be read and follow one another in
    /// number. Empty when the peer gives none.</summary>
    public async Task<IReadOnlyList<StoredBlock>> BlocksAsync(Uri peer, ulong from, CancellationToken cancellationToken)
    {
        var most = Math.Max(LedgerEndpoints.MaxAnswerBytes, LedgerEndpoints.FrameBytes + FinalBlock.MaxBytes + (int)maxBodyBytes);
        var answer = await GetAsync(new Uri(peer, string.Create(CultureInfo.InvariantCulture, $"{LedgerEndpoints.Blocks}{from}")), most, cancellationToken);
        return answer is null ? [] : Read(answer, from);
    }

    private List<StoredBlock> Read(ReadOnlyMemory<byte> answer, ulong from)
    {
        var blocks = new List<StoredBlock>();
        while (answer.Length >= LedgerEndpoints.FrameBytes)
        {
            var (final, body) = (BinaryPrimitives.ReadInt32BigEndian(answer.Span), BinaryPrimitives.ReadInt32BigEndian(answer.Span[sizeof(int)..]));
            answer = answer[LedgerEndpoints.FrameBytes..];
            if (final is <= 0 or > FinalBlock.MaxBytes || body < 0 || body > maxBodyBytes || final + body > answer.Length)
            {
                break;
            }

            try
            {
                var block = new StoredBlock(FinalBlock.Decode(answer.Span[..final]), answer.Slice(final, body));
                if (block.Header.Height != from + (ulong)blocks.Count || block.Header.BodyBytes != body || block.Header.BodyHash != ContentHash.Of(block.Body.Span))
                {
                    break;
                }

                blocks.Add(block);
            }
            catch (RlpException)
            {
                break;
            }

            answer = answer[(final + body)..];
        }

        return blocks;
    }

    /// <summary>At most <paramref name="most"/> bytes; null for anything else than an answer of that kind in time.</summary>
    private async Task<byte[]?> GetAsync(Uri url, int most, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var response = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.StatusCode != HttpStatusCode.OK || response.Content.Headers.ContentLength is not { } length || length > most)
            {
                return null;
            }

            var bytes = new byte[length];
            await using var stream = await response.Content.ReadAsStreamAsync(either.Token);
            await stream.ReadExactlyAsync(bytes, either.Token);
            return bytes;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
