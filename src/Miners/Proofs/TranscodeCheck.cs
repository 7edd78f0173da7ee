using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;

namespace VideoMesh.Miners.Proofs;

/// <summary>One leaf to check.</summary>
/// <param name="Source">Hash of the source segment.</param>
/// <param name="Frames">Its frames, as the escrow names them.</param>
/// <param name="Rendition">What it was to be encoded into.</param>
/// <param name="Spec">The hash of the rendition that the escrow names.</param>
/// <param name="Class">The determinism class of the job, see <see cref="DeterminismClass.Id"/>.</param>
public sealed record LeafToCheck(ContentHash Source, int Frames, RenditionSpec Rendition, Hash256 Spec, Hash256 Class)
{
    /// <summary>What the miner has shown, when the check goes by the weak rule: a verifier of another class compares pictures with it. Null: bytes alone decide.</summary>
    public ShownWork? Shown { get; init; }
}

/// <summary>Work that a miner has opened before it is checked.</summary>
/// <param name="Packets">What it opened.</param>
/// <param name="Content">The file it serves, in the verifier's store.</param>
public sealed record ShownWork(ContentHash Packets, ContentHash Content);

/// <summary>Brings a source segment into the verifier's store and pins it there.</summary>
/// <exception cref="ContentTransferException">Nobody serves it.</exception>
public delegate Task BringSource(ContentHash source, string scope, CancellationToken cancellationToken);

/// <summary>The determinism class of this machine at this moment, see <see cref="DeterminismClass.Id"/>.</summary>
public delegate Task<Hash256> ReadClass(CancellationToken cancellationToken);

/// <summary>What the verifier's own encode came to, before it knows what the miner claims.</summary>
public abstract record OwnEncode
{
    private OwnEncode(TimeSpan cpuTime) => CpuTime = cpuTime;

    /// <summary>What it took; zero where the sandbox cannot tell.</summary>
    public TimeSpan CpuTime { get; }

    /// <param name="Packets">SHA-256 over the packets in decoding order: the verifier's own, or the miner's if the weak rule has nothing against them.</param>
    /// <param name="CpuTime">Of the encode.</param>
    public sealed record Done(ContentHash Packets, TimeSpan CpuTime) : OwnEncode(CpuTime);

    /// <param name="Reason">Why there is none.</param>
    /// <param name="Cause">What went wrong here, for this node's own log; null when nothing did.</param>
    public sealed record Failed(InconclusiveReason Reason, Exception? Cause = null) : OwnEncode(TimeSpan.Zero);
}

/// <summary>
/// Proof of transcoding (white paper, section 7.3; docs/adr/0005): the verifier fetches the source segment by its hash, encodes it in its own sandbox as the miner had to, and
/// compares the packets. It needs no byte of what the miner delivered, so nothing a miner sends can disturb it. Whatever fails on this side is inconclusive.
/// </summary>
/// <param name="worker">Encodes, in the verifier's sandbox.</param>
/// <param name="store">Where sources are brought to.</param>
/// <param name="ownClass">Asked before and after each encode: an ffmpeg that was replaced meanwhile must accuse nobody.</param>
/// <param name="bring">Fetches sources that the store lacks.</param>
/// <param name="pictures">For the weak rule; null: this verifier goes by bytes alone.</param>
public sealed class TranscodeCheck(SegmentWorker worker, ContentStore store, ReadClass ownClass, BringSource bring, PictureCheck? pictures = null)
{
    /// <summary>Encodes the segment. Nothing stays pinned under the scope.</summary>
    /// <param name="leaf">What is checked.</param>
    /// <param name="scope">Source and result are pinned under this while the check runs; no other check may use it.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing else is thrown.</exception>
    public async Task<OwnEncode> EncodeAsync(LeafToCheck leaf, string scope, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        if (Refusal(leaf) is { } refused)
        {
            return new OwnEncode.Failed(refused);
        }

        try
        {
            var own = await ownClass(cancellationToken);
            return own != leaf.Class && (leaf.Shown is null || pictures is null) ? new OwnEncode.Failed(InconclusiveReason.ClassNotServed)
                : !await HasSourceAsync(leaf.Source, scope, cancellationToken) ? new OwnEncode.Failed(InconclusiveReason.SourceUnavailable)
                : await EncodeSourceAsync(leaf, own, scope, cancellationToken);
        }
        catch (ContentTransferException e)
        {
            return new OwnEncode.Failed(InconclusiveReason.SourceUnavailable, e);
        }
        catch (SegmentWorkException e)
        {
            return new OwnEncode.Failed(ReasonOf(e.Reason), e);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // a bug, a full disk, a sandbox that died: whatever it is, it is not the miner's fault
            return new OwnEncode.Failed(InconclusiveReason.VerifierFailed, e);
        }
        finally
        {
            store.Unpin(scope);
        }
    }

    /// <summary>The verdict, once the miner opened the leaf or its time to do so is over. Pure.</summary>
    /// <param name="own">The verifier's own encode.</param>
    /// <param name="opened">The packet hash that the miner opened; null: none in time.</param>
    public static Verdict Judge(OwnEncode own, ContentHash? opened) => (own, opened) switch
    {
        // silence must cost as much as a lie, whatever the verifier could find out
        (_, null) => new Verdict.Rejected(RejectionReason.LeafNotOpened),
        (OwnEncode.Failed failed, _) => new Verdict.Inconclusive(failed.Reason),
        (OwnEncode.Done done, { } packets) when done.Packets == packets => new Verdict.Accepted(new CheckEvidence(packets, done.CpuTime)),
        _ => new Verdict.Rejected(RejectionReason.OtherPackets),
    };

    // What can be said without a byte of the source.
    private static InconclusiveReason? Refusal(LeafToCheck leaf)
    {
        try
        {
            return CanonicalRendition.Hash(leaf.Rendition) == leaf.Spec ? null : InconclusiveReason.OtherRendition;
        }
        catch (ArgumentException)
        {
            return InconclusiveReason.ImpossibleRendition;
        }
    }

    // Bytes that rotted on this disk would encode into other packets than the miner's: what is here already is read again before it may accuse anybody.
    private async Task<bool> HasSourceAsync(ContentHash source, string scope, CancellationToken cancellationToken)
    {
        if (store.Pin(source, scope) && await store.VerifyAsync(source, cancellationToken) == ContentCheck.Intact)
        {
            return true;
        }

        await bring(source, scope, cancellationToken);
        return store.Pin(source, scope);
    }

    private async Task<OwnEncode> EncodeSourceAsync(LeafToCheck leaf, Hash256 own, string scope, CancellationToken cancellationToken)
    {
        var result = await worker.EncodeAsync(leaf.Source, leaf.Frames, [leaf.Rendition], scope, _ => { }, cancellationToken);
        return await ownClass(cancellationToken) != own ? new OwnEncode.Failed(InconclusiveReason.ClassNotServed)
            : own == leaf.Class ? new OwnEncode.Done(result.Renditions[0].PacketHash, result.CpuTime)
            : await CompareAsync(leaf, leaf.Shown!, result, cancellationToken);
    }

    // The weak rule. What the holder serves may be anybody's: only the packets that the miner opened count for or against it.
    private async Task<OwnEncode> CompareAsync(LeafToCheck leaf, ShownWork shown, SegmentResult result, CancellationToken cancellationToken)
    {
        var own = result.Renditions[0];
        if (own.PacketHash == shown.Packets)
        {
            return new OwnEncode.Done(shown.Packets, result.CpuTime);
        }

        using var file = store.OpenRead(shown.Content);
        if (file is null || await FactsAsync(file, leaf.Frames, cancellationToken) is not { } facts || facts.PacketHash != shown.Packets)
        {
            return new OwnEncode.Failed(InconclusiveReason.ResultUnavailable);
        }

        var isGood = SegmentCheck.Judge(leaf.Frames, leaf.Rendition, facts) is null
            && WeakRule.Fault(await pictures!.CompareAsync(shown.Content, own.Hash, leaf.Frames, leaf.Rendition, cancellationToken)) is null;
        return new OwnEncode.Done(isGood ? shown.Packets : own.PacketHash, result.CpuTime);
    }

    private static async Task<SegmentFacts?> FactsAsync(ContentReader file, int frames, CancellationToken cancellationToken)
    {
        try
        {
            return (await SegmentReader.ReadAsync(file.Stream, frames, cancellationToken)).Facts;
        }
        catch (MediaException)
        {
            return null;
        }
    }

    private static InconclusiveReason ReasonOf(SegmentFailure failure) => failure switch
    {
        SegmentFailure.SourceUnreadable => InconclusiveReason.SourceUnplayable,
        SegmentFailure.TransferFailed => InconclusiveReason.SourceUnavailable,
        SegmentFailure.WrongResult => InconclusiveReason.SourceDoesNotFit,
        SegmentFailure.LimitHit => InconclusiveReason.LimitHit,
        SegmentFailure.EncoderFailed => InconclusiveReason.EncoderFailed,
        SegmentFailure.DiskFull or SegmentFailure.SandboxFailed => InconclusiveReason.VerifierFailed,
        _ => throw new ArgumentOutOfRangeException(nameof(failure), failure, "Not a failure."),
    };
}
