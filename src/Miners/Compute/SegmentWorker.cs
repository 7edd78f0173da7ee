using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Numerics;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Compute;

/// <summary>One rendition of one segment, in the store.</summary>
public sealed record EncodedRendition(string Name, ContentHash Hash, long Bytes, int Frames, TimeSpan Duration, ContentHash PacketHash);

/// <param name="Renditions">In the order asked for.</param>
/// <param name="CpuTime">Of the encode; zero where the sandbox cannot tell.</param>
public sealed record SegmentResult(ImmutableArray<EncodedRendition> Renditions, TimeSpan CpuTime);

/// <summary>Why a segment was not encoded; the name goes to the client.</summary>
public enum SegmentFailure
{
    SourceUnreadable,
    TransferFailed,
    EncoderFailed,
    LimitHit,
    WrongResult,
    DiskFull,
    SandboxFailed,
}

/// <summary>A segment was not encoded. The message is one sentence and may be shown to the client.</summary>
public sealed class SegmentWorkException(SegmentFailure reason, string message, Exception? inner = null) : Exception(message, inner)
{
    public SegmentFailure Reason { get; } = reason;
}

/// <summary>
/// Encodes segments in warm sandbox sessions, as many at a time as there are slots. Each encoder runs on one thread. While all slots encode, as many segments
/// again are made ready or put away, so that a core has its next segment at once.
/// </summary>
public sealed class SegmentWorker(ISandbox sandbox, ContentStore store, int slots) : IAsyncDisposable
{
    private const string SourceFile = "source.mkv";

    // The slowest encode that is still let run: pixels per second of all renditions together, a tenth of SVT-AV1's slowest preset on an old core.
    private const double LeastPixelsPerSecond = 50_000;

    private readonly SemaphoreSlim _places = new(2 * slots);
    private readonly SemaphoreSlim _slots = new(slots);
    private readonly ConcurrentBag<WarmSession> _idle = [];
    private volatile bool _disposed;

    /// <summary>Waits for a slot and encodes.</summary>
    /// <param name="source">The source segment; pinned by the caller.</param>
    /// <param name="frames">Frames every rendition must have.</param>
    /// <param name="scope">Results are pinned under it.</param>
    /// <param name="progress">Gets the frames done: 0 when the encoder starts.</param>
    /// <exception cref="SegmentWorkException">It cannot be done.</exception>
    public async Task<SegmentResult> EncodeAsync(
        ContentHash source, int frames, ImmutableArray<RenditionSpec> renditions, string scope, Action<int> progress, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            var session = await TakeSessionAsync(MemoryFor(renditions), cancellationToken);
            var broken = false;
            try
            {
                return await EncodeAsync(session.Session, source, frames, renditions, scope, progress, cancellationToken);
            }
            catch (SandboxException)
            {
                broken = true;
                throw;
            }
            finally
            {
                await ReturnAsync(session, broken);
            }
        }
        catch (MediaException e)
        {
            var reason = e.Fault switch
            {
                MediaFault.LimitHit => SegmentFailure.LimitHit,
                MediaFault.DiskFull => SegmentFailure.DiskFull,
                MediaFault.ToolFailed => SegmentFailure.EncoderFailed,
                _ => SegmentFailure.WrongResult,
            };
            throw new SegmentWorkException(reason, e.Message, e);
        }
        catch (ContentStoreException e)
        {
            throw new SegmentWorkException(e.Reason == ContentRefusal.StoreFull ? SegmentFailure.DiskFull : SegmentFailure.SourceUnreadable, e.Message, e);
        }
        catch (SandboxException e)
        {
            // The sentence tells the operator how to mend this machine; a stranger need not read it.
            throw new SegmentWorkException(SegmentFailure.SandboxFailed, "The miner's sandbox failed.", e);
        }
        catch (IOException e)
        {
            throw new SegmentWorkException(ContentRefusals.IsDiskFull(e) ? SegmentFailure.DiskFull : SegmentFailure.SandboxFailed, "The miner's disk failed or is full.", e);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Ends the idle sessions; those at work end with their segment.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        while (_idle.TryTake(out var session))
        {
            await session.Session.DisposeAsync();
        }
    }

    private async Task<SegmentResult> EncodeAsync(
        ISandboxSession session, ContentHash source, int frames, ImmutableArray<RenditionSpec> renditions, string scope, Action<int> progress, CancellationToken cancellationToken)
    {
        // A copy: what runs inside may write to all that is in its work folder, and the store's own bytes must not change under their hash.
        await store.CopyToAsync(source, Path.Combine(session.WorkFolder, SourceFile), cancellationToken);
        var outputs = renditions.Select((_, i) => $"o{i}.mp4").ToList();
        var run = await RunAsync(session, outputs, frames, renditions, progress, cancellationToken);
        var results = ImmutableArray.CreateBuilder<EncodedRendition>(renditions.Length);
        for (var i = 0; i < renditions.Length; i++)
        {
            var facts = await ReadAsync(session, outputs[i], frames, cancellationToken);
            if (SegmentCheck.Judge(frames, renditions[i], facts) is { } fault)
            {
                throw new SegmentWorkException(SegmentFailure.WrongResult, fault.Sentence());
            }

            var stored = await store.AddFileAsync(Path.Combine(session.WorkFolder, outputs[i]), AddMode.Move, scope, cancellationToken);
            results.Add(new EncodedRendition(renditions[i].Name, stored.Hash, stored.Length, facts.Frames, facts.Duration, facts.PacketHash));
        }

        return new SegmentResult(results.MoveToImmutable(), run.CpuTime ?? TimeSpan.Zero);
    }

    private async Task<SandboxResult> RunAsync(
        ISandboxSession session, IReadOnlyList<string> outputs, int frames, ImmutableArray<RenditionSpec> renditions, Action<int> progress, CancellationToken cancellationToken)
    {
        var wallTime = WallTimeFor(frames, renditions);
        var hasSlot = false;
        try
        {
            return await EncodeCommand.RunAsync(session, SourceFile, renditions, outputs, wallTime, progress, cancellationToken, TakeSlotAsync);
        }
        catch (MediaException e) when (e.Fault == MediaFault.ToolFailed)
        {
            await RequireReadableAsync(session, wallTime, cancellationToken);
            throw;
        }
        finally
        {
            if (hasSlot)
            {
                _slots.Release();
            }
        }

        // The sandbox stands before the slot is free, so that the core does not wait for it.
        async Task TakeSlotAsync(CancellationToken token)
        {
            await _slots.WaitAsync(token);
            hasSlot = true;
            progress(0);
        }
    }

    // This machine's own encoder tells its codec and size truly; whoever gets the result does not believe it so easily.
    private static async Task<SegmentFacts> ReadAsync(ISandboxSession session, string output, int frames, CancellationToken cancellationToken)
    {
        FileStream file;
        try
        {
            file = WorkPath.Open(session, output);
        }
        catch (IOException e)
        {
            throw new MediaException(MediaFault.ToolFailed, "The encoder ended well and left no file.", e);
        }

        await using (file)
        {
            return (await SegmentReader.ReadAsync(file, frames, cancellationToken)).Facts;
        }
    }

    // Whose fault a failed encode is: a source that cannot even be demuxed would fail everywhere.
    private static async Task RequireReadableAsync(ISandboxSession session, TimeSpan wallTime, CancellationToken cancellationToken)
    {
        var run = await session.RunAsync(
            new SandboxCommand
            {
                Tool = MediaTool.Ffmpeg,
                Arguments =
                [
                    "-v", "error", "-nostdin", "-protocol_whitelist", "file", "-format_whitelist", "matroska", "-max_pixels", $"{EncodeArguments.MostPixels}", "-threads", "1", "-i", $"file:{SourceFile}",
                    "-map", "0:v:0", "-frames:v", "1", "-f", "null", "-",
                ],
                WallTime = wallTime,
            },
            cancellationToken);
        if (run.ExitCode != 0)
        {
            throw new SegmentWorkException(SegmentFailure.SourceUnreadable, "The source segment is not a Matroska file with video that can be decoded.");
        }
    }

    // Measured: 1 GiB of address space does for 720p with all four encoders; look-ahead grows with the picture and with each rung.
    private static long MemoryFor(ImmutableArray<RenditionSpec> renditions) =>
        (long)BitOperations.RoundUpToPowerOf2((2UL << 30) + (512UL * (ulong)renditions.Sum(r => (long)r.Width * r.Height)));

    private static TimeSpan WallTimeFor(int frames, ImmutableArray<RenditionSpec> renditions) =>
        TimeSpan.FromMinutes(2) + TimeSpan.FromSeconds(renditions.Sum(r => (double)r.Width * r.Height) * frames / LeastPixelsPerSecond);

    private async Task<WarmSession> TakeSessionAsync(long memory, CancellationToken cancellationToken)
    {
        while (_idle.TryTake(out var warm))
        {
            if (warm.MemoryBytes >= memory)
            {
                return warm;
            }

            await warm.Session.DisposeAsync();
        }

        var limits = new SandboxLimits { MemoryBytes = memory, WallTime = TimeSpan.FromDays(2), CpuTime = TimeSpan.FromDays(2) };
        return new WarmSession(await sandbox.OpenAsync(SandboxMounts.None, limits, cancellationToken), memory);
    }

    // A session that cannot be emptied is not used again: nothing of one client's segment is there when the next one's is encoded.
    private async Task ReturnAsync(WarmSession session, bool broken)
    {
        if (broken || _disposed)
        {
            await session.Session.DisposeAsync();
            return;
        }

        try
        {
            foreach (var entry in new DirectoryInfo(session.Session.WorkFolder).EnumerateFileSystemInfos())
            {
                if (entry is DirectoryInfo { LinkTarget: null } folder)
                {
                    folder.Delete(recursive: true);
                }
                else
                {
                    entry.Delete();
                }
            }

            _idle.Add(session);
            if (_disposed && _idle.TryTake(out var late))
            {
                await late.Session.DisposeAsync();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await session.Session.DisposeAsync();
        }
    }

    private sealed record WarmSession(ISandboxSession Session, long MemoryBytes);
}
