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
/// <param name="Class">The determinism class of the job.</param>
public sealed record LeafToCheck(ContentHash Source, int Frames, RenditionSpec Rendition, Hash256 Spec, string Class);

/// <summary>Brings a source segment into the verifier's store and pins it there.</summary>
/// <exception cref="ContentTransferException">Nobody serves it.</exception>
public delegate Task BringSource(ContentHash source, string scope, CancellationToken cancellationToken);

/// <summary>What the verifier's own encode came to, before it knows what the miner claims.</summary>
public abstract record OwnEncode
{
    private OwnEncode(TimeSpan cpuTime) => CpuTime = cpuTime;

    /// <summary>What it took; zero where the sandbox cannot tell.</summary>
    public TimeSpan CpuTime { get; }

    /// <param name="Packets">SHA-256 over the packets in decoding order.</param>
    /// <param name="CpuTime">Of the encode.</param>
    public sealed record Done(ContentHash Packets, TimeSpan CpuTime) : OwnEncode(CpuTime);

    /// <param name="Reason">Why there is none.</param>
    public sealed record Failed(InconclusiveReason Reason) : OwnEncode(TimeSpan.Zero);
}

/// <summary>
/// Proof of transcoding (white paper, section 7.3; docs/adr/0005): the verifier fetches the source segment by its hash, encodes it in its own sandbox as the miner had to, and
/// compares the packets. It needs no byte of what the miner delivered.
/// </summary>
/// <param name="worker">Encodes, in the verifier's sandbox.</param>
/// <param name="store">Where sources are brought to.</param>
/// <param name="ownClass">The determinism class of this machine.</param>
/// <param name="bring">Fetches sources that the store lacks.</param>
public sealed class TranscodeCheck(SegmentWorker worker, ContentStore store, string ownClass, BringSource bring)
{
    /// <summary>Encodes the segment. Nothing stays pinned under the scope.</summary>
    /// <param name="leaf">What is checked.</param>
    /// <param name="scope">Source and result are pinned under this while the check runs; no other check may use it.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    public async Task<OwnEncode> EncodeAsync(LeafToCheck leaf, string scope, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        if (Refusal(leaf) is { } refused)
        {
            return new OwnEncode.Failed(refused);
        }

        try
        {
            if (!store.Pin(leaf.Source, scope))
            {
                await bring(leaf.Source, scope, cancellationToken);
            }

            if (!store.Pin(leaf.Source, scope))
            {
                return new OwnEncode.Failed(InconclusiveReason.SourceUnavailable);
            }

            var result = await worker.EncodeAsync(leaf.Source, leaf.Frames, [leaf.Rendition], scope, _ => { }, cancellationToken);
            return new OwnEncode.Done(result.Renditions[0].PacketHash, result.CpuTime);
        }
        catch (ContentTransferException)
        {
            return new OwnEncode.Failed(InconclusiveReason.SourceUnavailable);
        }
        catch (ContentStoreException)
        {
            return new OwnEncode.Failed(InconclusiveReason.VerifierFailed);
        }
        catch (SegmentWorkException e)
        {
            return new OwnEncode.Failed(ReasonOf(e.Reason));
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
    private InconclusiveReason? Refusal(LeafToCheck leaf)
    {
        try
        {
            if (CanonicalRendition.Hash(leaf.Rendition) != leaf.Spec)
            {
                return InconclusiveReason.OtherRendition;
            }
        }
        catch (ArgumentException)
        {
            return InconclusiveReason.ImpossibleRendition;
        }

        return string.Equals(leaf.Class, ownClass, StringComparison.Ordinal) ? null : InconclusiveReason.ClassNotServed;
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
