using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;

namespace VideoMesh.Miners.Compute;

/// <summary>A segment to be fetched, encoded and delivered.</summary>
/// <param name="Source">The source segment's hash.</param>
/// <param name="SourceBytes">Its size.</param>
/// <param name="Frames">Frames every rendition must have.</param>
/// <param name="Renditions">What it is encoded into, from one decode.</param>
/// <param name="ClientUrl">Where the source is fetched and the results go; null: somebody else brings and fetches them.</param>
/// <param name="SourceTicket">For fetching.</param>
/// <param name="ResultTicket">For delivering.</param>
/// <param name="Scope">Source and results are pinned under this until it is forgotten.</param>
/// <param name="SourceArrives">Ends when the source may be fetched, or is in the store.</param>
public sealed record SegmentWork(
    ContentHash Source,
    long SourceBytes,
    int Frames,
    ImmutableArray<RenditionSpec> Renditions,
    Uri? ClientUrl,
    string SourceTicket,
    string ResultTicket,
    string Scope,
    Task SourceArrives);

/// <summary>Where a segment is in the pipeline.</summary>
public enum PipelineStage
{
    Fetching,

    /// <summary>Waiting for a slot.</summary>
    Queued,
    Encoding,
    Delivering,
}

/// <summary>Takes segments through a compute miner: fetch, wait for a slot, encode, deliver.</summary>
public interface ISegmentPipeline
{
    /// <summary>Runs one segment. Several may run at once: encoding is limited to the slots, moving bytes is not.</summary>
    /// <param name="report">Gets the stage, and frames while encoding, else a number that rises while the stage lasts; from any thread.</param>
    /// <exception cref="SegmentWorkException">It cannot be done; the reason is for the client.</exception>
    Task<SegmentResult> RunAsync(SegmentWork work, Action<PipelineStage, long> report, CancellationToken cancellationToken);

    /// <summary>Lets go of the bytes of a scope.</summary>
    void Forget(string scope);
}

/// <inheritdoc/>
public sealed class SegmentPipeline(SegmentWorker worker, ContentStore store, ContentClient transfers, ContentTickets tickets, TimeProvider time) : ISegmentPipeline
{
    // Well under the time after which a client gives up on a miner that says nothing.
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(5);

    public async Task<SegmentResult> RunAsync(SegmentWork work, Action<PipelineStage, long> report, CancellationToken cancellationToken)
    {
        try
        {
            await BeatingAsync(FetchAsync(work, cancellationToken), beat => report(PipelineStage.Fetching, beat));
            var started = false;
            var encoding = worker.EncodeAsync(
                work.Source,
                work.Frames,
                work.Renditions,
                work.Scope,
                frames =>
                {
                    Volatile.Write(ref started, true);
                    report(PipelineStage.Encoding, frames);
                },
                cancellationToken);
            await BeatingAsync(encoding, beat =>
            {
                if (!Volatile.Read(ref started))
                {
                    report(PipelineStage.Queued, beat);
                }
            });
            var result = await encoding;
            await BeatingAsync(DeliverAsync(work, result, cancellationToken), beat => report(PipelineStage.Delivering, beat));
            return result;
        }
        catch (TimeoutException e)
        {
            throw new SegmentWorkException(SegmentFailure.TransferFailed, "The client did not bring the source in time.", e);
        }
        catch (ContentTransferException e)
        {
            throw new SegmentWorkException(SegmentFailure.TransferFailed, e.Message, e);
        }
        catch (ContentStoreException e)
        {
            throw new SegmentWorkException(e.Reason == ContentRefusal.StoreFull ? SegmentFailure.DiskFull : SegmentFailure.SourceUnreadable, e.Message, e);
        }
    }

    private async Task FetchAsync(SegmentWork work, CancellationToken cancellationToken)
    {
        await work.SourceArrives.WaitAsync(cancellationToken);
        if (work.ClientUrl is { } client)
        {
            await transfers.DownloadAsync(client, work.Source, work.SourceBytes, work.SourceTicket, store, work.Scope, cancellationToken);
        }

        if (!store.Pin(work.Source, work.Scope))
        {
            throw new SegmentWorkException(SegmentFailure.SourceUnreadable, "The source segment did not arrive.");
        }
    }

    private async Task DeliverAsync(SegmentWork work, SegmentResult result, CancellationToken cancellationToken)
    {
        if (work.ClientUrl is { } client)
        {
            foreach (var rendition in result.Renditions)
            {
                await transfers.UploadAsync(client, rendition.Hash, work.ResultTicket, store, cancellationToken);
            }
        }
    }

    // Bytes that do not move end a transfer by themselves, so a step that still runs is alive, however slow the line.
    private async Task BeatingAsync(Task step, Action<long> report)
    {
        for (var beat = 0L; ; beat++)
        {
            report(beat);
            if (await Task.WhenAny(step, Task.Delay(Beat, time)) == step)
            {
                await step;
                return;
            }
        }
    }

    public void Forget(string scope)
    {
        tickets.Close(scope);
        store.Unpin(scope);
    }
}
