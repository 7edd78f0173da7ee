using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media;

namespace VideoMesh.Actors.Market;

/// <summary>What every signed message of the market begins with.</summary>
/// <param name="Nonce">Above that of the signer's message before: the milliseconds since 1970, or one more than the last, whichever is larger.</param>
/// <param name="Issued">By the signer's clock.</param>
/// <param name="Lifetime">How long it stands, counted by the receiver from its arrival; at most <see cref="MarketCodec.MaxLifetime"/>.</param>
public sealed record MarketHead(string Chain, Address Signer, ulong Nonce, DateTimeOffset Issued, TimeSpan Lifetime);

/// <summary>A client's offer: the job as far as it decides a price.</summary>
/// <param name="Job">The job's id: letters and digits.</param>
/// <param name="Class">The determinism class wanted; empty: any.</param>
/// <param name="MaxPrice">The most the client pays for a million ω; zero: the job pays nothing.</param>
/// <param name="Work">ω of the whole job by the ledger's schedule; zero for a job that pays nothing.</param>
/// <param name="DeadlineHeight">Height by which claims must be posted; zero: there is no ledger.</param>
/// <param name="Frames">Of the source.</param>
/// <param name="Segments">Into which the source is cut.</param>
/// <param name="Renditions">Into which every segment is encoded.</param>
public sealed record JobOffer(
    MarketHead Head,
    string Job,
    string Class,
    Amount MaxPrice,
    ulong Work,
    ulong DeadlineHeight,
    long Frames,
    int Segments,
    ImmutableArray<OfferedRendition> Renditions);

/// <summary>A rendition as far as it decides speed and price. Sides in pixels.</summary>
public sealed record OfferedRendition(VideoCodec Codec, int Width, int Height, int Crf, string Preset, string PixelFormat)
{
    public static OfferedRendition Of(RenditionSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return new OfferedRendition(spec.Codec, spec.Width, spec.Height, spec.Crf, spec.Preset, spec.PixelFormat);
    }
}

/// <summary>A miner's answer to an offer.</summary>
/// <param name="Offer">Keccak-256 of the offer's body.</param>
/// <param name="Price">For a million ω.</param>
/// <param name="Slots">Segments it encodes at a time.</param>
/// <param name="FreeSlots">How many of them were free when it answered.</param>
/// <param name="MilliFramesPerSecond">What one slot encodes of all the offer's renditions together, in thousandths of a frame a second.</param>
/// <param name="Classes">The determinism classes it serves.</param>
public sealed record MinerBid(
    MarketHead Head, Hash256 Offer, Amount Price, int Slots, int FreeSlots, long MilliFramesPerSecond, ImmutableArray<string> Classes);

/// <summary>What one slot of a miner makes of a set of renditions.</summary>
public static class SlotSpeed
{
    /// <summary>Frames a second of one slot for all renditions of one decode; 0: it lacks a codec.</summary>
    /// <param name="pixelsPerSecond">Of one slot, by codec name.</param>
    public static double Of(IEnumerable<OfferedRendition> renditions, IReadOnlyDictionary<string, long> pixelsPerSecond)
    {
        ArgumentNullException.ThrowIfNull(renditions);
        ArgumentNullException.ThrowIfNull(pixelsPerSecond);
        var secondsPerFrame = 0.0;
        foreach (var rendition in renditions)
        {
            if (!pixelsPerSecond.TryGetValue(rendition.Codec.Text(), out var speed) || speed <= 0)
            {
                return 0;
            }

            secondsPerFrame += (double)rendition.Width * rendition.Height / speed;
        }

        return secondsPerFrame > 0 ? 1 / secondsPerFrame : 0;
    }
}
