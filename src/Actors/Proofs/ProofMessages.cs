using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Proofs;

/// <summary>Messages about sources to and from their wire form. Reading checks every field: what a peer sent is hostile until then.</summary>
public static class ProofMessages
{
    private const int MaxPathBytes = 4096;
    private const int MaxTicketLength = 512;

    public static Wire.SourceWanted Wanted(Hash256 challenge) => new() { Challenge = ToWire(challenge) };

    public static Wire.SourceRoom Room(Hash256 challenge, string ticket, string? resultTicket) => new() { Challenge = ToWire(challenge), Ticket = ticket, ResultTicket = resultTicket ?? "" };

    public static Wire.SourceOffered ToWire(SourceOffer offer)
    {
        var path = new RlpWriter();
        offer.Path.WriteTo(path);
        return new Wire.SourceOffered
        {
            Challenge = ToWire(offer.Challenge),
            SourceHash = ByteString.CopyFrom(offer.Source.ToArray()),
            SourceBytes = offer.Bytes,
            Path = ByteString.CopyFrom(path.Written),
            Spec = JobMessages.ToWire(offer.Spec),
            Ticket = offer.Ticket,
            Result = offer.Result is { } result ? new Wire.SourceResult { Hash = ByteString.CopyFrom(result.Content.ToArray()), Bytes = result.Bytes, Ticket = result.Ticket } : null,
        };
    }

    public static bool TryRead(ByteString bytes, out Hash256 challenge)
    {
        challenge = bytes.Length == Hash256.Size ? new Hash256(bytes.Span) : default;
        return bytes.Length == Hash256.Size;
    }

    /// <summary>Whether a text can be a ticket.</summary>
    public static bool IsTicket(string text) => text.Length is > 0 and <= MaxTicketLength;

    public static bool TryRead(Wire.SourceOffered message, [NotNullWhen(true)] out SourceOffer? offer)
    {
        offer = null;
        if (!TryRead(message.Challenge, out Hash256 challenge) || !JobMessages.TryRead(message.SourceHash, out var source) || message.SourceBytes <= 0 || !IsTicket(message.Ticket)
            || !TryRead(message.Result, out var result) || message.Spec is null || !JobMessages.TryRead(message.Spec, out var spec) || !TryRead(message.Path, out MerklePath? path))
        {
            return false;
        }

        offer = new SourceOffer(challenge, source, message.SourceBytes, path, spec, message.Ticket) { Result = result };
        return true;
    }

    private static bool TryRead(Wire.SourceResult? message, out ResultOffer? result)
    {
        result = null;
        if (message is null)
        {
            return true;
        }

        if (!JobMessages.TryRead(message.Hash, out var hash) || message.Bytes <= 0 || !IsTicket(message.Ticket))
        {
            return false;
        }

        result = new ResultOffer(hash, message.Bytes, message.Ticket);
        return true;
    }

    private static bool TryRead(ByteString bytes, [NotNullWhen(true)] out MerklePath? path)
    {
        path = null;
        try
        {
            var reader = new RlpReader(bytes.Span, MaxPathBytes);
            path = MerklePath.ReadFrom(ref reader);
            reader.End();
            return true;
        }
        catch (RlpException)
        {
            return false;
        }
    }

    private static ByteString ToWire(Hash256 hash) => ByteString.CopyFrom(hash.ToArray());
}
