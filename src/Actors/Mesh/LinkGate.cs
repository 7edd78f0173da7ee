using System.Net;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>Whether an inbound connection may begin a handshake.</summary>
public abstract record Admission
{
    private Admission()
    {
    }

    public sealed record Admitted(LinkTicket Ticket) : Admission;

    public sealed record Refused(LinkRefusal Refusal) : Admission;
}

/// <summary>The door of a node: bounds what strangers may hold before and after they are known, and keeps out those who misbehaved. Stands before the mesh actor,
/// so that a crowd at the door costs no mailbox. Thread-safe.</summary>
/// <remarks>All nodes of one machine share the loopback address, so limits and bans by IP leave it out: there a misbehaving process is known by its account only.</remarks>
public sealed class LinkGate
{
    // One broken node behind a shared IP must not shut out its neighbours at its first mistake.
    private const int FreeStrikesPerIp = 8;

    private static readonly TimeSpan s_longestIpBan = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly MeshOptions _options;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly LinkedList<LinkTicket> _handshakes = [];
    private readonly Dictionary<IPAddress, int> _linksPerIp = [];
    private readonly BanList<IPAddress> _bannedIps;
    private readonly BanList<Address> _bannedAddresses;

    public LinkGate(MeshOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _options = options;
        _time = time;
        _start = time.GetTimestamp();
        _bannedIps = new BanList<IPAddress>(TimeSpan.FromSeconds(1), s_longestIpBan, FreeStrikesPerIp);
        _bannedAddresses = new BanList<Address>(options.FirstBan, options.MaxBan, free: 0);
    }

    /// <summary>How many inbound handshakes are unfinished.</summary>
    public int Handshakes
    {
        get
        {
            lock (_lock)
            {
                return _handshakes.Count;
            }
        }
    }

    internal MeshOptions Options => _options;

    internal TimeProvider Time => _time;

    private TimeSpan Now => _time.GetElapsedTime(_start);

    /// <summary>Lets a connection begin its handshake, or names the refusal. Where a limit is reached, the oldest unfinished handshake makes room: an honest one is
    /// over in milliseconds, so it is the idle ones that pay.</summary>
    /// <param name="remote">The remote IP; null (a unix socket) counts as loopback.</param>
    public Admission Admit(IPAddress? remote)
    {
        var ip = Normalize(remote);
        LinkTicket? crowdedOut = null;
        LinkTicket ticket;
        lock (_lock)
        {
            if (!IPAddress.IsLoopback(ip))
            {
                if (_bannedIps.IsBanned(ip, Now))
                {
                    return new Admission.Refused(LinkRefusal.Banned);
                }

                if (_linksPerIp.GetValueOrDefault(ip) >= _options.MaxLinksPerIp)
                {
                    return new Admission.Refused(LinkRefusal.TooManyLinks);
                }

                if (_handshakes.Count(other => other.Remote.Equals(ip)) >= _options.MaxHandshakesPerIp)
                {
                    crowdedOut = _handshakes.First(other => other.Remote.Equals(ip));
                }
            }

            crowdedOut ??= _handshakes.Count >= _options.MaxHandshakes ? _handshakes.First!.Value : null;
            if (crowdedOut is not null)
            {
                _handshakes.Remove(crowdedOut);
            }

            // A little later than the link's own deadline, for the case that no mesh actor ever takes this connection up.
            ticket = new LinkTicket(this, ip, new CancellationTokenSource(_options.HandshakeTimeout + TimeSpan.FromSeconds(1), _time));
            _handshakes.AddLast(ticket);
        }

        crowdedOut?.CrowdOut();
        return new Admission.Admitted(ticket);
    }

    /// <summary>Counts a misbehaviour of a remote IP, and of its account where that is known.</summary>
    public void Punish(IPAddress? remote, Address? address)
    {
        lock (_lock)
        {
            if (address is { } account)
            {
                _bannedAddresses.Strike(account, Now);
            }
            else if (remote is not null && !IPAddress.IsLoopback(Normalize(remote)))
            {
                _bannedIps.Strike(Normalize(remote), Now);
            }
        }
    }

    /// <summary>Whether this account must wait.</summary>
    public bool IsBanned(Address address)
    {
        lock (_lock)
        {
            return _bannedAddresses.IsBanned(address, Now);
        }
    }

    internal void Authenticated(LinkTicket ticket)
    {
        lock (_lock)
        {
            if (_handshakes.Remove(ticket))
            {
                _linksPerIp[ticket.Remote] = _linksPerIp.GetValueOrDefault(ticket.Remote) + 1;
            }
        }
    }

    internal void Release(LinkTicket ticket, bool wasAuthenticated)
    {
        lock (_lock)
        {
            _handshakes.Remove(ticket);
            if (wasAuthenticated)
            {
                var left = _linksPerIp.GetValueOrDefault(ticket.Remote) - 1;
                if (left <= 0)
                {
                    _linksPerIp.Remove(ticket.Remote);
                }
                else
                {
                    _linksPerIp[ticket.Remote] = left;
                }
            }
        }
    }

    private static IPAddress Normalize(IPAddress? remote) => remote is null ? IPAddress.Loopback : RemoteAddress.Normalize(remote);
}

/// <summary>The right of one inbound connection to be there.</summary>
public sealed class LinkTicket : IDisposable
{
    private readonly LinkGate _gate;
    private readonly CancellationTokenSource _source;
    private int _state;

    internal LinkTicket(LinkGate gate, IPAddress remote, CancellationTokenSource source)
    {
        _gate = gate;
        _source = source;
        Remote = remote;
        Revoked = source.Token;
    }

    /// <summary>The remote IP, as limits count it.</summary>
    public IPAddress Remote { get; }

    /// <summary>Cancelled when the handshake was crowded out, or nobody finished it in time.</summary>
    public CancellationToken Revoked { get; }

    /// <summary>Set before <see cref="Revoked"/> when newer handshakes needed the room.</summary>
    public bool WasCrowdedOut { get; private set; }

    /// <summary>The handshake is over: the ticket is good until it is disposed.</summary>
    public void Authenticated()
    {
        if (Interlocked.CompareExchange(ref _state, 1, 0) == 0)
        {
            _source.CancelAfter(Timeout.InfiniteTimeSpan);
            _gate.Authenticated(this);
        }
    }

    public void Dispose()
    {
        var before = Interlocked.Exchange(ref _state, 2);
        if (before != 2)
        {
            _gate.Release(this, wasAuthenticated: before == 1);
            _source.Dispose();
        }
    }

    internal void CrowdOut()
    {
        WasCrowdedOut = true;
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself at the same moment.
        }
    }
}
