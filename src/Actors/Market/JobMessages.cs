using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using VideoMesh.Actors.Client;
using VideoMesh.Actors.ComputeMiner;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Market;

/// <summary>Job messages to and from their wire form. Reading checks every field: what a peer sent is hostile until then.</summary>
public static class JobMessages
{
    private const int MaxTextLength = 512;
    private const int MaxJobIdLength = 64;
    private const int MaxNameLength = 64;
    private const int MaxPathBytes = 4096;

    public static Wire.AssignSegment ToWire(WorkOrder order)
    {
        var message = new Wire.AssignSegment
        {
            Job = order.Key.Job,
            Segment = order.Key.Attempt.Segment,
            Attempt = order.Key.Attempt.Number,
            SourceHash = ByteString.CopyFrom(order.Source.ToArray()),
            SourceBytes = order.SourceBytes,
            Frames = order.Frames,
            ClientUrl = order.ClientUrl?.ToString() ?? "",
            SourceTicket = order.SourceTicket,
            ResultTicket = order.ResultTicket,
        };
        message.Renditions.AddRange(order.Renditions.Select(ToWire));
        if (order.Escrowed is { } work)
        {
            var path = new RlpWriter();
            work.Path.WriteTo(path);
            message.Escrowed = new Wire.EscrowedSegment
            {
                Escrow = ByteString.CopyFrom(work.Escrow.ToArray()),
                SourcePath = ByteString.CopyFrom(path.Written),
                Assigned = ByteString.CopyFrom(work.Assigned.Bytes),
                Assignment = ByteString.CopyFrom(work.Assignment.ToArray()),
            };
        }

        return message;
    }

    public static bool TryRead(Wire.AssignSegment message, Address from, [NotNullWhen(true)] out WorkOrder? order)
    {
        order = null;
        if (!TryRead(new Wire.SegmentRef { Job = message.Job, Segment = message.Segment, Attempt = message.Attempt }, out var job, out var attempt)
            || !TryRead(message.SourceHash, out var source)
            || message.SourceBytes <= 0 || message.Frames <= 0 || message.Renditions.Count == 0
            || message.SourceTicket.Length > MaxTextLength || message.ResultTicket.Length > MaxTextLength)
        {
            return false;
        }

        Uri? url = null;
        if (message.ClientUrl.Length > 0 && !ContentClient.TryReadBaseUrl(message.ClientUrl, out url))
        {
            return false;
        }

        var renditions = ImmutableArray.CreateBuilder<RenditionSpec>(message.Renditions.Count);
        foreach (var wire in message.Renditions)
        {
            if (!TryRead(wire, out var rendition))
            {
                return false;
            }

            renditions.Add(rendition);
        }

        if (renditions.DistinctBy(r => r.Name, StringComparer.Ordinal).Count() != renditions.Count)
        {
            return false;
        }

        order = new WorkOrder(
            new WorkKey(from, job, attempt), source, message.SourceBytes, message.Frames, renditions.MoveToImmutable(), url, message.SourceTicket, message.ResultTicket);
        if (message.Escrowed is null)
        {
            return true;
        }

        var isRead = TryRead(message.Escrowed, out var work);
        order = order with { Escrowed = work };
        return isRead;
    }

    public static Wire.SegmentRef Ref(string job, AttemptId attempt) => new() { Job = job, Segment = attempt.Segment, Attempt = attempt.Number };

    public static bool TryRead(Wire.SegmentRef? message, out string job, out AttemptId attempt)
    {
        job = message?.Job ?? "";
        attempt = message is null ? default : new AttemptId(message.Segment, message.Attempt);
        return message is { Segment: >= 0, Attempt: > 0 } && job.Length is > 0 and <= MaxJobIdLength && job.All(char.IsAsciiLetterOrDigit);
    }

    public static Wire.EncodedRendition ToWire(EncodedRendition rendition, string downloadTicket) => new()
    {
        Name = rendition.Name,
        Hash = ByteString.CopyFrom(rendition.Hash.ToArray()),
        Bytes = rendition.Bytes,
        Frames = rendition.Frames,
        DurationUs = (long)rendition.Duration.TotalMicroseconds,
        PacketHash = ByteString.CopyFrom(rendition.PacketHash.ToArray()),
        DownloadTicket = downloadTicket,
    };

    public static bool TryRead(IEnumerable<Wire.EncodedRendition> messages, out ImmutableArray<RenditionResult> results)
    {
        var read = ImmutableArray.CreateBuilder<RenditionResult>();
        foreach (var message in messages)
        {
            if (!TryRead(message.Hash, out var hash) || !TryRead(message.PacketHash, out var packets) || message.Bytes <= 0 || message.Frames <= 0 || message.DurationUs < 0)
            {
                results = [];
                return false;
            }

            if (!TryReadProof(message.SignedResult, out var signed))
            {
                results = [];
                return false;
            }

            read.Add(new RenditionResult(message.Name, hash, message.Bytes, message.Frames, message.DurationUs, packets) { Proof = signed });
        }

        results = read.ToImmutable();
        return true;
    }

    public static AttemptStage ReadStage(Wire.SegmentProgress.Types.Stage stage) => stage switch
    {
        Wire.SegmentProgress.Types.Stage.Fetching => AttemptStage.Fetching,
        Wire.SegmentProgress.Types.Stage.Encoding => AttemptStage.Encoding,
        Wire.SegmentProgress.Types.Stage.Delivering => AttemptStage.Delivering,
        _ => AttemptStage.Queued,
    };

    /// <summary>Cuts a text from elsewhere to something fit for a log or a terminal.</summary>
    public static string Sanitized(string text) =>
        new([.. text.Take(MaxTextLength).Select(c => char.IsControl(c) ? ' ' : c)]);

    internal static Wire.RenditionSpec ToWire(RenditionSpec rendition) => new()
    {
        Name = rendition.Name,
        Codec = rendition.Codec.Text(),
        Width = rendition.Width,
        Height = rendition.Height,
        Crf = rendition.Crf,
        Preset = rendition.Preset,
        PixelFormat = rendition.PixelFormat,
        ColourRange = rendition.ColourRange,
        ColourPrimaries = rendition.ColourPrimaries,
        ColourTransfer = rendition.ColourTransfer,
        ColourSpace = rendition.ColourSpace,
        Orientation = (int)rendition.Orientation,
        Deinterlace = rendition.Deinterlace,
        RateNum = rendition.FrameRate.Numerator,
        RateDen = rendition.FrameRate.Denominator,
    };

    // Nothing where nothing is paid.
    private static bool TryReadProof(ByteString bytes, out SignedResult? signed)
    {
        signed = null;
        try
        {
            signed = bytes.IsEmpty ? null : SignedResult.Decode(bytes.Span);
            return true;
        }
        catch (RlpException)
        {
            return false;
        }
    }

    private static bool TryRead(Wire.EscrowedSegment message, [NotNullWhen(true)] out EscrowedWork? work)
    {
        work = null;
        try
        {
            var path = new RlpReader(message.SourcePath.Span, MaxPathBytes);
            work = new EscrowedWork(
                new Hash256(message.Escrow.Span), MerklePath.ReadFrom(ref path), SegmentSet.Read(message.Assigned.Span), Signature.Parse(message.Assignment.Span));
            path.End();
            return true;
        }
        catch (Exception e) when (e is RlpException or ArgumentException or FormatException)
        {
            return false;
        }
    }

    internal static bool TryRead(Wire.RenditionSpec message, [NotNullWhen(true)] out RenditionSpec? rendition)
    {
        rendition = null;
        if (!MediaNames.TryParseVideoCodec(message.Codec, out var codec) || message.RateNum <= 0 || message.RateDen <= 0)
        {
            return false;
        }

        var spec = new RenditionSpec
        {
            Name = message.Name,
            Codec = codec,
            Width = message.Width,
            Height = message.Height,
            Crf = message.Crf,
            Preset = message.Preset,
            PixelFormat = message.PixelFormat,
            ColourRange = message.ColourRange,
            ColourPrimaries = message.ColourPrimaries,
            ColourTransfer = message.ColourTransfer,
            ColourSpace = message.ColourSpace,
            Orientation = (Orientation)message.Orientation,
            Deinterlace = message.Deinterlace,
            FrameRate = new Rational(message.RateNum, message.RateDen),
        };
        if (spec.Name.Length is 0 or > MaxNameLength || !spec.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-'))
        {
            return false;
        }

        try
        {
            RenditionRules.Check(spec);
        }
        catch (ArgumentException)
        {
            return false;
        }

        rendition = spec;
        return true;
    }

    internal static bool TryRead(ByteString bytes, out ContentHash hash)
    {
        hash = bytes.Length == ContentHash.Size ? new ContentHash(bytes.Span) : default;
        return bytes.Length == ContentHash.Size;
    }
}
