using System.Buffers.Binary;
using Google.Protobuf;

namespace VideoMesh.Actors.Mesh;

/// <summary>What became of a frame.</summary>
public abstract record FrameVerdict
{
    private FrameVerdict()
    {
    }

    public sealed record Accepted(WireEntry Entry, IMessage Message) : FrameVerdict;

    public sealed record Refused(LinkRefusal Refusal) : FrameVerdict;
}

/// <summary>A frame in the clear: the message's number in two bytes, big endian, then its protobuf bytes.</summary>
public static class FrameCodec
{
    /// <summary>Longest frame on the wire, in bytes, seal included.</summary>
    public const int MaxFrameBytes = 64 * 1024;

    /// <summary>Longest frame before it is sealed, in bytes.</summary>
    public const int MaxPlainBytes = MaxFrameBytes - FrameSeal.TagBytes;

    private const int NumberBytes = 2;

    // No message nests deeper than four; the parser's default of 100 would let a stranger choose our stack depth.
    private const int MaxDepth = 8;

    /// <summary>Encodes a registered message; null when it has no number or does not fit in a frame.</summary>
    public static byte[]? TryEncode(IMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (WireRegistry.Find(message.GetType()) is not { } entry)
        {
            return null;
        }

        var size = NumberBytes + message.CalculateSize();
        if (size > MaxPlainBytes)
        {
            return null;
        }

        var frame = new byte[size];
        BinaryPrimitives.WriteUInt16BigEndian(frame, entry.Number);
        message.WriteTo(frame.AsSpan(NumberBytes));
        return frame;
    }

    /// <summary>Decodes a frame, or refuses it by name. Never throws, whatever the bytes.</summary>
    public static FrameVerdict Decode(ReadOnlySpan<byte> frame)
    {
        if (frame.Length > MaxPlainBytes)
        {
            return new FrameVerdict.Refused(LinkRefusal.Oversize);
        }

        if (frame.Length < NumberBytes)
        {
            return new FrameVerdict.Refused(LinkRefusal.Malformed);
        }

        if (WireRegistry.Find(BinaryPrimitives.ReadUInt16BigEndian(frame)) is not { } entry)
        {
            return new FrameVerdict.Refused(LinkRefusal.UnknownMessage);
        }

        try
        {
            using var stream = CodedInputStream.CreateWithLimits(new MemoryStream(frame[NumberBytes..].ToArray(), writable: false), MaxFrameBytes, MaxDepth);
            var message = entry.Parser.ParseFrom(stream);
            return new FrameVerdict.Accepted(entry, message);
        }
        catch (InvalidProtocolBufferException)
        {
            return new FrameVerdict.Refused(LinkRefusal.Malformed);
        }
    }
}
