using System.Collections.Immutable;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>One known node.</summary>
/// <param name="Source">The neighbour who first told of it; the node itself when it is linked.</param>
/// <param name="Arrived">By this node's monotonic clock, as is <paramref name="Deadline"/>.</param>
/// <param name="AgeOnArrival">How long others had held it.</param>
public sealed record PeerEntry(Announcement Announcement, SignedAnnouncement Wire, Address Source, TimeSpan Arrived, TimeSpan AgeOnArrival, TimeSpan Deadline);

/// <summary>What became of an announcement that was offered.</summary>
public abstract record OfferOutcome
{
    private OfferOutcome()
    {
    }

    /// <summary>The neighbour broke a rule.</summary>
    public sealed record Refused(LinkRefusal Refusal) : OfferOutcome;

    /// <summary>Nothing new, or nothing we can use, and nobody's fault.</summary>
    public sealed record Ignored : OfferOutcome
    {
        public static Ignored Instance { get; } = new();
    }

    /// <summary>The announcer said something older than what we know of it: it should hear the newer one.</summary>
    public sealed record Older(PeerEntry Known) : OfferOutcome;

    /// <summary>Our own announcement came back with a later sequence than our last: an earlier run of this node was ahead of us.</summary>
    public sealed record OwnEcho(ulong Sequence) : OfferOutcome;

    /// <param name="ProfileChanged">False for a mere renewal.</param>
    public sealed record Stored(PeerEntry Entry, bool ProfileChanged) : OfferOutcome;
}

/// <summary>Everything known about other nodes: verified announcements, newest per address, each until its lifetime ends, and never more than a bound.
/// Knows no clock: <c>now</c> is monotonic time since some start, <c>wall</c> the wall clock. One owner.</summary>
/// <remarks>
/// Lifetimes are counted from arrival on the receiver's own monotonic clock, less the age that neighbours report, because clocks of honest
/// nodes may be an hour apart. So a wall clock decides only what is absurd (<see cref="ClockTolerance"/>). The price: whoever keeps an
/// announcement may show it, with a false age, to nodes that never saw it, for up to 95 minutes after it was issued; what they gain is a few
/// useless dials. A node that has seen it once takes neither it nor an older one again, since sequences only rise.
/// </remarks>
public sealed class PeerDirectory(Address self, string chain, int capacity)
{
    private const int MaxTombstones = 1024;

    private readonly Dictionary<Address, PeerEntry> _entries = [];
    private readonly Dictionary<Address, int> _perSource = [];
    private readonly Dictionary<Address, ulong> _tombstones = [];
    private readonly Queue<Address> _tombstoneOrder = [];

    /// <summary>How far apart two honest wall clocks may be.</summary>
    public static TimeSpan ClockTolerance { get; } = TimeSpan.FromMinutes(90);

    public int Count => _entries.Count;

    public IEnumerable<PeerEntry> Entries => _entries.Values;

    /// <summary>When the next entry ends, or null.</summary>
    public TimeSpan? NextDeadline => _entries.Count == 0 ? null : _entries.Values.Min(entry => entry.Deadline);

    public PeerEntry? Find(Address address) => _entries.GetValueOrDefault(address);

    /// <summary>Judges an announcement that <paramref name="from"/> passed on; rules run from cheap to dear.</summary>
    /// <param name="ownSequence">The last sequence this node used.</param>
    public OfferOutcome Offer(SignedAnnouncement wire, Address from, ulong ownSequence, TimeSpan now, DateTimeOffset wall)
    {
        ArgumentNullException.ThrowIfNull(wire);
        if (AnnouncementCodec.Read(wire.Body.Span, chain, out var refusal) is not { } body)
        {
            return new OfferOutcome.Refused(refusal!);
        }

        var age = TimeSpan.FromMilliseconds(wire.AgeMs);
        if (age >= body.Lifetime)
        {
            return new OfferOutcome.Refused(LinkRefusal.AnnouncementExpired);
        }

        if (body.Address == self ? body.Sequence <= ownSequence : IsOld(body, from))
        {
            return from == body.Address && _entries.TryGetValue(body.Address, out var known) && body.Sequence < known.Announcement.Sequence
                ? new OfferOutcome.Older(known)
                : OfferOutcome.Ignored.Instance;
        }

        if ((wall - body.Issued).Duration() > ClockTolerance + body.Lifetime)
        {
            // A neighbour within our tolerance may pass on what is within its own but not within ours: only the announcer answers for its clock.
            return from == body.Address ? new OfferOutcome.Refused(LinkRefusal.ClockAbsurd) : OfferOutcome.Ignored.Instance;
        }

        if (!AnnouncementCodec.IsSigned(body, wire.Signature.Span))
        {
            return new OfferOutcome.Refused(LinkRefusal.AnnouncementForged);
        }

        return body.Address == self ? new OfferOutcome.OwnEcho(body.Sequence) : Store(body, wire, from, age, now, wall);
    }

    /// <summary>Removes what has come to its end, and says what.</summary>
    public ImmutableArray<Address> Expire(TimeSpan now)
    {
        var gone = _entries.Values.Where(entry => entry.Deadline <= now).Select(entry => entry.Announcement.Address).ToImmutableArray();
        foreach (var address in gone)
        {
            Remove(address);
        }

        return gone;
    }

    /// <summary>An entry as it is passed on now, with its age.</summary>
    public static SignedAnnouncement ToWire(PeerEntry entry, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var age = entry.AgeOnArrival + (now - entry.Arrived);
        return new SignedAnnouncement { Body = entry.Wire.Body, Signature = entry.Wire.Signature, AgeMs = (uint)Math.Max(0, age.TotalMilliseconds) };
    }

    // What the announcer itself says over its own authenticated link is no replay, so there a tombstone does not count.
    private bool IsOld(AnnouncementBody body, Address from) =>
        _entries.TryGetValue(body.Address, out var known)
            ? body.Sequence <= known.Announcement.Sequence
            : from != body.Address && _tombstones.TryGetValue(body.Address, out var last) && body.Sequence <= last;

    private OfferOutcome.Stored Store(AnnouncementBody body, SignedAnnouncement wire, Address from, TimeSpan age, TimeSpan now, DateTimeOffset wall)
    {
        var known = Find(body.Address);
        if (known is null && _entries.Count >= capacity)
        {
            Evict();
        }

        var remaining = body.Lifetime - age;
        var source = known is null || from == body.Address ? from : known.Source;
        var entry = new PeerEntry(new Announcement(body.Address, body.Profile, body.Sequence, wall + remaining), wire, source, now, age, now + remaining);
        CountSource(known?.Source, -1);
        CountSource(source, +1);
        _entries[body.Address] = entry;
        _tombstones.Remove(body.Address);
        return new OfferOutcome.Stored(entry, known is null || !AnnouncementCodec.SameProfile(known.Announcement.Profile, body.Profile));
    }

    // The neighbour who told of the most nodes pays with its oldest: one that invents nodes crowds out its own inventions only.
    private void Evict()
    {
        var most = _perSource.MaxBy(pair => pair.Value).Key;
        Remove(_entries.Values.Where(entry => entry.Source == most).MinBy(entry => entry.Arrived)!.Announcement.Address);
    }

    private void Remove(Address address)
    {
        if (!_entries.Remove(address, out var entry))
        {
            return;
        }

        CountSource(entry.Source, -1);
        if (!_tombstones.ContainsKey(address))
        {
            _tombstoneOrder.Enqueue(address);
        }

        _tombstones[address] = entry.Announcement.Sequence;
        while (_tombstoneOrder.Count > MaxTombstones)
        {
            _tombstones.Remove(_tombstoneOrder.Dequeue());
        }
    }

    private void CountSource(Address? source, int change)
    {
        if (source is { } address)
        {
            var count = _perSource.GetValueOrDefault(address) + change;
            if (count == 0)
            {
                _perSource.Remove(address);
            }
            else
            {
                _perSource[address] = count;
            }
        }
    }
}
