using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media;

namespace VideoMesh.Actors.Market;

/// <summary>Offers and bids in canonical RLP: one value has one encoding, and that is what is signed. Reading bounds every field.</summary>
public static class MarketCodec
{
    /// <summary>Longest body in bytes.</summary>
    public const int MaxBodyBytes = 4096;

    private const string OfferDomain = "videomesh/offer/1";
    private const string BidDomain = "videomesh/bid/1";
    private const int MaxJobLength = 64;
    private const int MaxRenditions = 12;
    private const int MaxWordLength = 32;
    private const int MaxSide = 16384;
    private const int MaxSegments = 1_000_000;

    /// <summary>The longest that an offer or a bid may stand.</summary>
    public static TimeSpan MaxLifetime { get; } = TimeSpan.FromHours(1);

    public static byte[] Encode(JobOffer offer)
    {
        ArgumentNullException.ThrowIfNull(offer);
        var body = Begin(OfferDomain, offer.Head)
            .Text(offer.Job).Text(offer.Class).Number(offer.MaxPrice.Nano).Number(offer.Work).Number(offer.DeadlineHeight)
            .Number((ulong)offer.Frames).Number((ulong)offer.Segments).StartList();
        foreach (var rendition in offer.Renditions)
        {
            body.StartList().Text(rendition.Codec.Text()).Number((ulong)rendition.Width).Number((ulong)rendition.Height)
                .Number((ulong)rendition.Crf).Text(rendition.Preset).Text(rendition.PixelFormat).EndList();
        }

        return body.EndList().EndList().ToArray();
    }

    public static byte[] Encode(MinerBid bid)
    {
        ArgumentNullException.ThrowIfNull(bid);
        var body = Begin(BidDomain, bid.Head)
            .Hash(bid.Offer).Number(bid.Price.Nano).Number((ulong)bid.Slots).Number((ulong)bid.FreeSlots).Number((ulong)bid.MilliFramesPerSecond).StartList();
        foreach (var name in bid.Classes)
        {
            body.Text(name);
        }

        return body.EndList().EndList().ToArray();
    }

    /// <summary>Reads and bounds an offer. The signature is not looked at. Never throws, whatever the bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, [NotNullWhen(true)] out JobOffer? offer)
    {
        offer = null;
        try
        {
            var outer = new RlpReader(body, MaxBodyBytes, maxDepth: 3);
            var fields = outer.ReadList();
            outer.End();
            fields.Expect(OfferDomain);
            var head = ReadHead(ref fields);
            var job = fields.ReadText(MaxJobLength);
            var name = fields.ReadText(MeshRules.MaxClassLength);
            var (price, work, deadline) = (fields.ReadUInt64(), fields.ReadUInt64(), fields.ReadUInt64());
            var (frames, segments) = (fields.ReadUInt64(), fields.ReadUInt64());
            var renditions = ReadRenditions(fields.ReadList());
            fields.End();
            if (head is null || renditions.IsDefaultOrEmpty || job.Length == 0 || !job.All(char.IsAsciiLetterOrDigit)
                || segments is 0 or > MaxSegments || frames < segments || frames > int.MaxValue)
            {
                return false;
            }

            offer = new JobOffer(head, job, name, new Amount(price), work, deadline, (long)frames, (int)segments, renditions);
            return true;
        }
        catch (RlpException)
        {
            return false;
        }
    }

    /// <summary>Reads and bounds a bid. The signature is not looked at. Never throws, whatever the bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, [NotNullWhen(true)] out MinerBid? bid)
    {
        bid = null;
        try
        {
            var outer = new RlpReader(body, MaxBodyBytes, maxDepth: 2);
            var fields = outer.ReadList();
            outer.End();
            fields.Expect(BidDomain);
            var head = ReadHead(ref fields);
            var offer = fields.ReadHash();
            var price = fields.ReadUInt64();
            var (slots, free, speed) = (fields.ReadUInt64(), fields.ReadUInt64(), fields.ReadUInt64());
            var classes = ImmutableArray.CreateBuilder<string>();
            for (var list = fields.ReadList(); !list.AtEnd;)
            {
                classes.Add(list.ReadText(MeshRules.MaxClassLength));
            }

            fields.End();
            if (head is null || classes.Count > MeshRules.MaxClasses || slots is 0 or > MeshRules.MaxSlots || free > slots || speed is 0 or > int.MaxValue)
            {
                return false;
            }

            bid = new MinerBid(head, offer, new Amount(price), (int)slots, (int)free, (long)speed, classes.ToImmutable());
            return true;
        }
        catch (RlpException)
        {
            return false;
        }
    }

    /// <summary>The rules that offers and bids share, from cheap to dear; the signature last. Null: none is broken.</summary>
    /// <param name="lastNonce">The last of the same signer; 0: none.</param>
    public static MarketRefusal? Judge(
        MarketHead head, ReadOnlySpan<byte> body, ReadOnlySpan<byte> signature, string chain, Address from, ulong lastNonce, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(head);
        return !string.Equals(head.Chain, chain, StringComparison.Ordinal) ? MarketRefusal.Foreign
            : head.Signer != from ? MarketRefusal.NotTheirs
            : head.Nonce <= lastNonce ? MarketRefusal.Repeated
            : (now - head.Issued).Duration() > PeerDirectory.ClockTolerance + head.Lifetime ? MarketRefusal.Expired
            : Signature.TryParse(signature, out var parsed, out _) && parsed.TryRecover(Keccak.Hash(body), out var signer) && signer == from ? null
            : MarketRefusal.Forged;
    }

    /// <summary>The nonce after <paramref name="last"/>.</summary>
    public static ulong NextNonce(ulong last, DateTimeOffset now) => Math.Max(last + 1, (ulong)Math.Max(0, now.ToUnixTimeMilliseconds()));

    private static RlpWriter Begin(string domain, MarketHead head) => new RlpWriter().StartList()
        .Text(domain).Text(head.Chain).Address(head.Signer).Number(head.Nonce)
        .Number((ulong)head.Issued.ToUnixTimeMilliseconds()).Number((ulong)head.Lifetime.TotalMilliseconds);

    /// <returns>Null when a time is out of range.</returns>
    private static MarketHead? ReadHead(ref RlpReader fields)
    {
        var chain = fields.ReadText(MeshRules.MaxChainLength);
        var signer = fields.ReadAddress();
        var (nonce, issued, lifetime) = (fields.ReadUInt64(), fields.ReadUInt64(), fields.ReadUInt64());
        return lifetime is 0 || lifetime > (ulong)MaxLifetime.TotalMilliseconds || issued > (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? null
            : new MarketHead(chain, signer, nonce, DateTimeOffset.FromUnixTimeMilliseconds((long)issued), TimeSpan.FromMilliseconds((long)lifetime));
    }

    /// <returns>Default when a value is out of range.</returns>
    private static ImmutableArray<OfferedRendition> ReadRenditions(RlpReader list)
    {
        var renditions = ImmutableArray.CreateBuilder<OfferedRendition>();
        while (!list.AtEnd)
        {
            var fields = list.ReadList();
            var known = MediaNames.TryParseVideoCodec(fields.ReadText(MaxWordLength), out var codec);
            var (width, height, crf) = (fields.ReadUInt64(), fields.ReadUInt64(), fields.ReadUInt64());
            var (preset, format) = (fields.ReadText(MaxWordLength), fields.ReadText(MaxWordLength));
            fields.End();
            if (!known || width is 0 or > MaxSide || height is 0 or > MaxSide || crf > byte.MaxValue || renditions.Count == MaxRenditions)
            {
                return default;
            }

            renditions.Add(new OfferedRendition(codec, (int)width, (int)height, (int)crf, preset, format));
        }

        return renditions.ToImmutable();
    }
}
