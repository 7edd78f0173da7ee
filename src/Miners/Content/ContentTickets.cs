using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Content;

/// <summary>
/// Issues and checks the tickets by which peers use this node's content endpoints. A ticket is a bearer's right, signed with HMAC-SHA256 under a secret only
/// this node has, and travels as <c>Authorization: VideoMesh-Ticket …</c>: in a header and not in the URL, so that it does not end in logs.
/// </summary>
public sealed class ContentTickets
{
    /// <summary>The authorization scheme.</summary>
    public const string Scheme = "VideoMesh-Ticket";

    /// <summary>Shortest secret in bytes.</summary>
    public const int MinSecretBytes = 32;

    private const int MaxTextLength = 512;

    private readonly byte[] _secret;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ScopeUse> _scopes = new(StringComparer.Ordinal);
    private int _forgetAt = 64;

    /// <param name="secret">At least <see cref="MinSecretBytes"/> bytes. With a new secret all older tickets are void.</param>
    /// <param name="time">Decides when tickets expire.</param>
    public ContentTickets(ReadOnlySpan<byte> secret, TimeProvider time)
    {
        if (secret.Length < MinSecretBytes)
        {
            throw new ArgumentException($"The ticket secret has {secret.Length} bytes; at least {MinSecretBytes} are needed.", nameof(secret));
        }

        _secret = secret.ToArray();
        _time = time;
    }

    /// <summary>Signs a grant. Gives URL-safe text.</summary>
    /// <exception cref="ArgumentException">A value of the grant cannot be part of a ticket.</exception>
    public string Issue(TicketGrant grant)
    {
        var payload = TicketGrant.Encode(grant);
        lock (_gate)
        {
            ForgetExpired();
            var use = _scopes.TryGetValue(grant.Scope, out var known) ? known : new ScopeUse();
            use.Closed = false;
            use.ForgetAt = use.ForgetAt > grant.Expires ? use.ForgetAt : grant.Expires;
            _scopes[grant.Scope] = use;
        }

        var ticket = new byte[payload.Length + HMACSHA256.HashSizeInBytes];
        payload.CopyTo(ticket, 0);
        HMACSHA256.HashData(_secret, payload, ticket.AsSpan(payload.Length));
        return Base64Url.EncodeToString(ticket);
    }

    /// <summary>Ends a scope: its tickets are void, although their time is not over. A ticket issued for it later opens it again.</summary>
    public void Close(string scope)
    {
        lock (_gate)
        {
            if (_scopes.TryGetValue(scope, out var use))
            {
                use.Closed = true;
            }
        }
    }

    /// <summary>Checks a request's <c>Authorization</c> header against what it wants to do.</summary>
    /// <param name="authorization">The header's value; null or empty when there is none.</param>
    /// <param name="verb">Exactly one verb.</param>
    /// <param name="content">What is asked for or sent.</param>
    /// <param name="bytes">Its size, as far as it is known.</param>
    public TicketVerdict Verify(string? authorization, TicketVerbs verb, ContentHash content, long? bytes) =>
        Read(authorization) switch
        {
            TicketVerdict.Granted { Grant: var grant } when IsOver(grant) => new TicketVerdict.Refused(ContentRefusal.TicketExpired),
            TicketVerdict.Granted { Grant: var grant } when (grant.Verbs & verb) != verb => new TicketVerdict.Refused(ContentRefusal.TicketWrongVerb),
            TicketVerdict.Granted { Grant: var grant } when grant.Content is { } only && only != content => new TicketVerdict.Refused(ContentRefusal.TicketWrongContent),
            TicketVerdict.Granted { Grant: var grant } when bytes > grant.MaxBytes => new TicketVerdict.Refused(ContentRefusal.TooLarge),
            var verdict => verdict,
        };

    /// <summary>Sets bytes of the scope's total aside for one put; false when that would exceed it.</summary>
    internal bool TrySpend(TicketGrant grant, long bytes)
    {
        lock (_gate)
        {
            if (!_scopes.TryGetValue(grant.Scope, out var use))
            {
                _scopes.Add(grant.Scope, use = new ScopeUse { ForgetAt = grant.Expires });
            }

            if (use.Closed || bytes > grant.MaxScopeTotalBytes - use.PutBytes)
            {
                return false;
            }

            use.PutBytes += bytes;
            return true;
        }
    }

    /// <summary>Gives back what a put set aside and did not use.</summary>
    internal void GiveBack(TicketGrant grant, long bytes)
    {
        lock (_gate)
        {
            if (_scopes.TryGetValue(grant.Scope, out var use))
            {
                use.PutBytes -= bytes;
            }
        }
    }

    internal bool IsClosed(string scope)
    {
        lock (_gate)
        {
            return _scopes.TryGetValue(scope, out var use) && use.Closed;
        }
    }

    private TicketVerdict Read(string? authorization)
    {
        if (string.IsNullOrEmpty(authorization))
        {
            return new TicketVerdict.Refused(ContentRefusal.TicketMissing);
        }

        var forged = new TicketVerdict.Refused(ContentRefusal.TicketForged);
        if (authorization.Length > MaxTextLength || !authorization.StartsWith(Scheme + " ", StringComparison.OrdinalIgnoreCase))
        {
            return forged;
        }

        Span<byte> ticket = stackalloc byte[MaxTextLength];
        if (Base64Url.DecodeFromChars(authorization.AsSpan(Scheme.Length + 1), ticket, out _, out var length) != OperationStatus.Done || length <= HMACSHA256.HashSizeInBytes)
        {
            return forged;
        }

        var payload = ticket[..(length - HMACSHA256.HashSizeInBytes)];
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_secret, payload, expected);
        return CryptographicOperations.FixedTimeEquals(expected, ticket[payload.Length..length]) && TicketGrant.TryDecode(payload, out var grant)
            ? new TicketVerdict.Granted(grant)
            : forged;
    }

    private bool IsOver(TicketGrant grant) => _time.GetUtcNow() >= grant.Expires || IsClosed(grant.Scope);

    // Amortized: the table is looked through only when it has doubled since the last time.
    private void ForgetExpired()
    {
        if (_scopes.Count < _forgetAt)
        {
            return;
        }

        var now = _time.GetUtcNow();
        foreach (var (scope, use) in _scopes.ToArray())
        {
            if (now >= use.ForgetAt)
            {
                _scopes.Remove(scope);
            }
        }

        _forgetAt = Math.Max(64, 2 * _scopes.Count);
    }

    private sealed class ScopeUse
    {
        public long PutBytes { get; set; }

        public bool Closed { get; set; }

        public DateTimeOffset ForgetAt { get; set; }
    }
}
