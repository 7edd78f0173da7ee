using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Content;

/// <summary>What a ticket allows to do with content.</summary>
[Flags]
public enum TicketVerbs
{
    None = 0,

    /// <summary>GET and HEAD.</summary>
    Get = 1,

    /// <summary>PUT.</summary>
    Put = 2,
}

/// <summary>What a ticket allows, until when.</summary>
public sealed record TicketGrant
{
    /// <summary>Longest scope in bytes of UTF-8.</summary>
    public const int MaxScopeBytes = 200;

    private const byte Version = 1;
    private const int FixedBytes = 1 + 1 + 1 + ContentHash.Size + 8 + 8 + 8 + 1;

    public required TicketVerbs Verbs { get; init; }

    /// <summary>The one content it is for; null: any.</summary>
    public ContentHash? Content { get; init; }

    /// <summary>Largest content in bytes.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>Bytes that may be put under this scope with all its tickets together.</summary>
    public long MaxScopeTotalBytes { get; init; } = long.MaxValue;

    /// <summary>The first moment it is no longer valid, in whole milliseconds.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>What the transfer is for, e.g. a job and a segment. What is put with the ticket is pinned under this scope.</summary>
    public required string Scope { get; init; }

    /// <summary>The bytes that are signed: one form for one grant.</summary>
    /// <exception cref="ArgumentException">A value cannot be part of a ticket.</exception>
    internal static byte[] Encode(TicketGrant grant)
    {
        var scopeBytes = Encoding.UTF8.GetByteCount(grant.Scope);
        if (scopeBytes is 0 or > MaxScopeBytes)
        {
            throw new ArgumentException($"A ticket's scope has 1 to {MaxScopeBytes} bytes, not {scopeBytes}.", nameof(grant));
        }

        if (grant.Verbs is TicketVerbs.None || (grant.Verbs & ~(TicketVerbs.Get | TicketVerbs.Put)) != TicketVerbs.None || grant.MaxBytes < 0 || grant.MaxScopeTotalBytes < 0)
        {
            throw new ArgumentException("A ticket allows get, put or both, and no negative number of bytes.", nameof(grant));
        }

        var bytes = new byte[FixedBytes + scopeBytes];
        bytes[0] = Version;
        bytes[1] = (byte)grant.Verbs;
        if (grant.Content is { } content)
        {
            bytes[2] = 1;
            content.CopyTo(bytes.AsSpan(3, ContentHash.Size));
        }

        var rest = bytes.AsSpan(3 + ContentHash.Size);
        BinaryPrimitives.WriteInt64BigEndian(rest, grant.MaxBytes);
        BinaryPrimitives.WriteInt64BigEndian(rest[8..], grant.MaxScopeTotalBytes);
        BinaryPrimitives.WriteInt64BigEndian(rest[16..], grant.Expires.ToUnixTimeMilliseconds());
        rest[24] = (byte)scopeBytes;
        Encoding.UTF8.GetBytes(grant.Scope, rest[25..]);
        return bytes;
    }

    /// <summary>Reads bytes whose signature has been checked.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TicketGrant? grant)
    {
        grant = null;
        if (bytes.Length < FixedBytes || bytes[0] != Version || bytes.Length != FixedBytes + bytes[FixedBytes - 1])
        {
            return false;
        }

        var rest = bytes[(3 + ContentHash.Size)..];
        grant = new TicketGrant
        {
            Verbs = (TicketVerbs)bytes[1],
            Content = bytes[2] == 1 ? new ContentHash(bytes.Slice(3, ContentHash.Size)) : null,
            MaxBytes = BinaryPrimitives.ReadInt64BigEndian(rest),
            MaxScopeTotalBytes = BinaryPrimitives.ReadInt64BigEndian(rest[8..]),
            Expires = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(rest[16..])),
            Scope = Encoding.UTF8.GetString(rest[25..]),
        };
        return true;
    }
}

/// <summary>What a look at a ticket says: there is no default, and only <see cref="Granted"/> lets anybody in.</summary>
public abstract record TicketVerdict
{
    private TicketVerdict()
    {
    }

    public sealed record Granted(TicketGrant Grant) : TicketVerdict;

    public sealed record Refused(ContentRefusal Reason) : TicketVerdict;
}
