using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Earnings;

/// <summary>A client's word that it has everything of some segments.</summary>
/// <param name="Assigned">Every segment that the miner was given.</param>
/// <param name="Assignment">The client's signature over that.</param>
public sealed record WordOfClient(Hash256 Escrow, AcknowledgedWork Work, SegmentSet Assigned, Signature Assignment);

/// <summary>The message that carries it. What a peer sent is hostile until it was read.</summary>
public static class EarningsMessages
{
    public static Wire.WorkAcknowledged ToWire(WordOfClient word)
    {
        ArgumentNullException.ThrowIfNull(word);
        return new Wire.WorkAcknowledged
        {
            Escrow = ByteString.CopyFrom(word.Escrow.ToArray()),
            Segments = ByteString.CopyFrom(word.Work.Segments.Bytes),
            Root = ByteString.CopyFrom(word.Work.Root.ToArray()),
            Acceptance = ByteString.CopyFrom(word.Work.Acceptance.ToArray()),
            Assigned = ByteString.CopyFrom(word.Assigned.Bytes),
            Assignment = ByteString.CopyFrom(word.Assignment.ToArray()),
        };
    }

    public static bool TryRead(Wire.WorkAcknowledged message, [NotNullWhen(true)] out WordOfClient? word)
    {
        ArgumentNullException.ThrowIfNull(message);
        word = null;
        try
        {
            word = new WordOfClient(
                new Hash256(message.Escrow.Span),
                new AcknowledgedWork(SegmentSet.Read(message.Segments.Span), new Hash256(message.Root.Span), Signature.Parse(message.Acceptance.Span)),
                SegmentSet.Read(message.Assigned.Span),
                Signature.Parse(message.Assignment.Span));
            return true;
        }
        catch (Exception e) when (e is RlpException or ArgumentException or FormatException)
        {
            return false;
        }
    }
}
