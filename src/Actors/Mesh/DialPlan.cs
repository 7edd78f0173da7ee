using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>Whom to dial, and when. Failures are counted by host and port, not by who announced them, so that a thousand announcements of one victim are one
/// target; and by announcer, so that one that keeps changing its URL is not dialled at each of them. Knows no clock: <c>now</c> is monotonic. One owner.</summary>
public sealed class DialPlan
{
    // A link that lived this long ended by accident; a shorter one counts as one more failure.
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(20);

    // A node that moved deserves a fresh start, but not at every announcement.
    private static readonly TimeSpan s_freshStart = TimeSpan.FromMinutes(1);

    private readonly MeshOptions _options;
    private readonly Backoff _backoff;
    private readonly Random _random;
    private readonly Dictionary<string, SeedRecord> _seeds = new(StringComparer.Ordinal);
    private readonly Dictionary<Address, string> _announced = [];
    private readonly Dictionary<string, HostRecord> _hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<Address, AnnouncerRecord> _announcers = [];
    private int _inFlight;
    private double _tokens;
    private TimeSpan _refilled;

    public DialPlan(MeshOptions options, Random random)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _random = random;
        _backoff = new Backoff(options.FirstBackoff, options.MaxBackoff, random);
        _tokens = Burst;
        foreach (var seed in options.Seeds)
        {
            _seeds[MeshRules.UrlText(seed)] = new SeedRecord();
        }
    }

    /// <summary>How many dials are in progress.</summary>
    public int InFlight => _inFlight;

    private double Burst => Math.Max(_options.MaxDials, _options.DialsPerSecond);

    /// <summary>A node announced this URL, or (null) none that should be dialled.</summary>
    public void Announced(Address address, Uri? url, TimeSpan now)
    {
        var text = url is null ? null : MeshRules.UrlText(url);
        if (string.Equals(_announced.GetValueOrDefault(address), text, StringComparison.Ordinal))
        {
            return;
        }

        _announced.Remove(address);
        if (text is null)
        {
            return;
        }

        Sweep(now);
        _announced[address] = text;

        // Two nodes that hear of each other at the same time need not both dial at once.
        _ = HostOf(text, now + (_options.FirstBackoff * _random.NextDouble()));
        var announcer = AnnouncerOf(address);
        if (announcer.UrlChanged is not { } changed || now - changed >= s_freshStart)
        {
            announcer.Failures = 0;
            announcer.NotBefore = TimeSpan.MinValue;
        }

        announcer.UrlChanged = now;
    }

    /// <summary>This node's announcement has ended.</summary>
    public void Forget(Address address) => _announced.Remove(address);

    /// <summary>Takes the dials that are due. Each is in progress until <see cref="Failed"/> or <see cref="Up"/> says how it went.</summary>
    /// <param name="isLinked">Whether there is a link to this address, or one being made.</param>
    /// <param name="room">How many more links may be made.</param>
    public ImmutableArray<Dial> Take(Func<Address, bool> isLinked, int room, TimeSpan now)
    {
        Refill(now);
        var dials = ImmutableArray.CreateBuilder<Dial>();
        foreach (var (dial, host, _) in Candidates(isLinked).Where(candidate => candidate.NotBefore <= now).OrderBy(candidate => candidate.NotBefore).ToArray())
        {
            if (_tokens < 1 || dials.Count >= room || _inFlight >= _options.MaxDials)
            {
                break;
            }

            if (!host.InFlight)
            {
                _tokens--;
                _inFlight++;
                host.InFlight = true;
                dials.Add(dial);
            }
        }

        return dials.ToImmutable();
    }

    /// <summary>When <see cref="Take"/> may have more to give, or null if only another event can change that.</summary>
    public TimeSpan? NextWake(Func<Address, bool> isLinked, int room, TimeSpan now)
    {
        if (room <= 0 || _inFlight >= _options.MaxDials || Candidates(isLinked).Select(candidate => (TimeSpan?)candidate.NotBefore).Min() is not { } due)
        {
            return null;
        }

        Refill(now);
        var token = _tokens >= 1 ? now : now + TimeSpan.FromSeconds((1 - _tokens) / _options.DialsPerSecond);
        return due > token ? due : token;
    }

    /// <summary>The dial ended without a link.</summary>
    /// <param name="found">Who answered, if that became known.</param>
    public void Failed(Dial dial, LinkRefusal reason, Address? found, TimeSpan now)
    {
        var (url, host) = Settle(dial, found, now);
        Fail(dial, url, host, reason, now);
    }

    /// <summary>The dial became a link.</summary>
    public void Up(Dial dial, Address found, TimeSpan now)
    {
        var (_, host) = Settle(dial, found, now);
        host.UpSince = now;
    }

    /// <summary>The link that a dial had become has ended.</summary>
    public void Down(Dial dial, LinkRefusal reason, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(dial);
        var url = MeshRules.UrlText(dial.Url);
        var host = HostOf(url, now);
        if (host.UpSince is { } since && now - since >= s_settled)
        {
            host.Failures = 0;
            if (dial.Expected is { } announcer)
            {
                AnnouncerOf(announcer).Failures = 0;
            }
        }

        host.UpSince = null;
        Fail(dial, url, host, reason, now);
    }

    private (string Url, HostRecord Host) Settle(Dial dial, Address? found, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(dial);
        var url = MeshRules.UrlText(dial.Url);
        var host = HostOf(url, now);
        _inFlight -= host.InFlight ? 1 : 0;
        host.InFlight = false;
        host.Found = found ?? host.Found;
        if (_seeds.TryGetValue(url, out var seed))
        {
            seed.Found = found ?? seed.Found;
        }

        return (url, host);
    }

    private void Fail(Dial dial, string url, HostRecord host, LinkRefusal reason, TimeSpan now)
    {
        var isSeed = _seeds.ContainsKey(url);
        if (reason == LinkRefusal.DuplicateLink || reason == LinkRefusal.Replaced)
        {
            // Not a failure, but should the other link not come up, this one is wanted again.
            host.NotBefore = now + _backoff.Delay(2);
        }
        else if (reason == LinkRefusal.UnexpectedAddress)
        {
            host.Mismatches = Math.Min(host.Mismatches + 1, 64);
            host.StrangersNotBefore = now + _backoff.Delay(host.Mismatches);
        }
        else
        {
            host.Failures = Math.Min(host.Failures + 1, 64);
            var parked = !isSeed && host.Failures >= _options.ParkAfterFailures;
            host.NotBefore = now + (parked ? _options.ParkTime : Wait(reason, host.Failures));
            host.Failures = parked ? _options.ParkAfterFailures / 2 : host.Failures;
        }

        if (!isSeed && dial.Expected is { } address && reason != LinkRefusal.DuplicateLink && reason != LinkRefusal.Replaced)
        {
            var announcer = AnnouncerOf(address);
            announcer.Failures = Math.Min(announcer.Failures + 1, 64);
            announcer.NotBefore = now + (reason == LinkRefusal.UnexpectedAddress || announcer.Failures >= _options.ParkAfterFailures
                ? _options.ParkTime
                : Wait(reason, announcer.Failures));
        }
    }

    // Another chain or version, this node itself, or a habit of breaking rules, does not go away soon. But never for ever: the other end may only claim it.
    private TimeSpan Wait(LinkRefusal reason, int failures) =>
        _backoff.Delay(
            reason == LinkRefusal.WrongChain || reason == LinkRefusal.WrongVersion || reason == LinkRefusal.SelfDial || reason.IsMisbehaviour ? 32 : failures);

    private IEnumerable<Candidate> Candidates(Func<Address, bool> isLinked)
    {
        foreach (var (url, seed) in _seeds)
        {
            if (!(seed.Found is { } found && isLinked(found)) && HostOf(url, TimeSpan.MinValue) is { InFlight: false, UpSince: null } host)
            {
                yield return new Candidate(new Dial(new Uri(url), Expected: null), host, host.NotBefore);
            }
        }

        foreach (var (address, url) in _announced)
        {
            if (!_seeds.ContainsKey(url) && !isLinked(address) && HostOf(url, TimeSpan.MinValue) is { InFlight: false, UpSince: null } host)
            {
                var (byHost, byAnnouncer) = (host.NotBeforeFor(address), AnnouncerOf(address).NotBefore);
                yield return new Candidate(new Dial(new Uri(url), address), host, byHost > byAnnouncer ? byHost : byAnnouncer);
            }
        }
    }

    private HostRecord HostOf(string url, TimeSpan notBefore)
    {
        var key = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..];
        if (!_hosts.TryGetValue(key, out var record))
        {
            _hosts[key] = record = new HostRecord(notBefore);
        }

        return record;
    }

    private AnnouncerRecord AnnouncerOf(Address address)
    {
        if (!_announcers.TryGetValue(address, out var record))
        {
            _announcers[address] = record = new AnnouncerRecord();
        }

        return record;
    }

    // Records outlive their announcement for a while, so that announcing anew does not buy new dials.
    private void Sweep(TimeSpan now)
    {
        if (_hosts.Count + _announcers.Count <= 4 * _options.MaxDirectory)
        {
            return;
        }

        var wanted = _announced.Values.Concat(_seeds.Keys).Select(url => HostOf(url, now)).ToHashSet();
        foreach (var key in _hosts.Where(pair => pair.Value is { InFlight: false, UpSince: null } && !wanted.Contains(pair.Value) && pair.Value.NotBefore <= now).Select(pair => pair.Key).ToArray())
        {
            _hosts.Remove(key);
        }

        foreach (var address in _announcers.Where(pair => pair.Value.NotBefore <= now && !_announced.ContainsKey(pair.Key)).Select(pair => pair.Key).ToArray())
        {
            _announcers.Remove(address);
        }
    }

    private void Refill(TimeSpan now)
    {
        if (now > _refilled)
        {
            _tokens = Math.Min(Burst, _tokens + ((now - _refilled).TotalSeconds * _options.DialsPerSecond));
            _refilled = now;
        }
    }

    private sealed record Candidate(Dial Dial, HostRecord Host, TimeSpan NotBefore);
}
