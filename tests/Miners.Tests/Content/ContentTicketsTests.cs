using System.Buffers.Text;
using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Content;

public sealed class ContentTicketsTests
{
    private static readonly ContentHash Hash = ContentHash.Of([1]);
    private readonly ManualTime _time = new();
    private readonly ContentTickets _tickets;

    public ContentTicketsTests() => _tickets = new ContentTickets(A.Secret, _time);

    [Fact]
    public void Grants_what_was_issued()
    {
        var grant = Soon(A.Grant(TicketVerbs.Get, Hash, maxBytes: 100) with { MaxScopeTotalBytes = 500 });
        Assert.Equal(new TicketVerdict.Granted(grant), Verify(_tickets.Issue(grant), TicketVerbs.Get, Hash, 100));
    }

    [Fact]
    public void A_ticket_for_any_content_is_for_any_content() =>
        Assert.IsType<TicketVerdict.Granted>(Verify(_tickets.Issue(Soon(A.Grant())), TicketVerbs.Put, ContentHash.Of([7]), 5));

    [Fact]
    public void Refuses_each_misuse_by_its_name()
    {
        var text = _tickets.Issue(Soon(A.Grant(TicketVerbs.Get, Hash, maxBytes: 100)));
        AssertRefused(ContentRefusal.TicketWrongVerb, Verify(text, TicketVerbs.Put, Hash, 1));
        AssertRefused(ContentRefusal.TicketWrongContent, Verify(text, TicketVerbs.Get, ContentHash.Of([2]), 1));
        AssertRefused(ContentRefusal.TooLarge, Verify(text, TicketVerbs.Get, Hash, 101));
        AssertRefused(ContentRefusal.TicketMissing, _tickets.Verify(null, TicketVerbs.Get, Hash, 1));
        AssertRefused(ContentRefusal.TicketMissing, _tickets.Verify("", TicketVerbs.Get, Hash, 1));
        AssertRefused(ContentRefusal.TicketForged, _tickets.Verify($"Bearer {text}", TicketVerbs.Get, Hash, 1));
        AssertRefused(ContentRefusal.TicketForged, Verify("", TicketVerbs.Get, Hash, 1));
        AssertRefused(ContentRefusal.TicketForged, Verify("%%%", TicketVerbs.Get, Hash, 1));
        AssertRefused(ContentRefusal.TicketForged, Verify(new string('A', 100_000), TicketVerbs.Get, Hash, 1));
    }

    [Fact]
    public void Expires_at_its_moment_and_not_before()
    {
        var text = _tickets.Issue(A.Grant() with { Expires = _time.GetUtcNow().AddMilliseconds(2) });
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.IsType<TicketVerdict.Granted>(Verify(text, TicketVerbs.Get, Hash, 1));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        AssertRefused(ContentRefusal.TicketExpired, Verify(text, TicketVerbs.Get, Hash, 1));
    }

    [Fact]
    public void A_closed_scope_voids_its_tickets_until_it_is_issued_for_again()
    {
        var grant = Soon(A.Grant(scope: "job-1"));
        var text = _tickets.Issue(grant);
        var other = _tickets.Issue(Soon(A.Grant(scope: "job-2")));
        _tickets.Close("job-1");
        AssertRefused(ContentRefusal.TicketExpired, Verify(text, TicketVerbs.Get, Hash, 1));
        Assert.IsType<TicketVerdict.Granted>(Verify(other, TicketVerbs.Get, Hash, 1));
        _tickets.Issue(grant);
        Assert.IsType<TicketVerdict.Granted>(Verify(text, TicketVerbs.Get, Hash, 1));
    }

    [Fact]
    public void A_closed_scope_stays_closed_while_its_tickets_could_be_used()
    {
        var text = _tickets.Issue(Soon(A.Grant(scope: "job-1")));
        _tickets.Close("job-1");
        for (var i = 0; i < 1000; i++)
        {
            _tickets.Issue(A.Grant(scope: $"other-{i}") with { Expires = _time.GetUtcNow().AddSeconds(1) });
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        AssertRefused(ContentRefusal.TicketExpired, Verify(text, TicketVerbs.Get, Hash, 1));
    }

    [Fact]
    public void Another_secret_makes_another_issuer()
    {
        var other = new ContentTickets([.. A.Secret.Reverse()], _time);
        AssertRefused(ContentRefusal.TicketForged, Verify(other.Issue(Soon(A.Grant())), TicketVerbs.Get, Hash, 1));
    }

    [Fact]
    public void Every_altered_bit_is_found()
    {
        var text = _tickets.Issue(Soon(A.Grant(TicketVerbs.Get, Hash)));
        var bytes = Base64Url.DecodeFromChars(text);
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            var altered = bytes.ToArray();
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            AssertRefused(ContentRefusal.TicketForged, Verify(Base64Url.EncodeToString(altered), TicketVerbs.Get, Hash, 1));
        }
    }

    [Fact]
    public void No_text_makes_it_throw_or_lets_anybody_in() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => _tickets.Verify(text, TicketVerbs.Get, Hash, 1) is TicketVerdict.Refused
            && _tickets.Verify($"{ContentTickets.Scheme} {text}", TicketVerbs.Get, Hash, 1) is TicketVerdict.Refused).QuickCheckThrowOnFailure();

    [Fact]
    public void Its_text_needs_no_escaping_and_fits_the_longest_scope()
    {
        var text = _tickets.Issue(Soon(A.Grant(scope: new string('é', TicketGrant.MaxScopeBytes / 2))));
        Assert.Equal(text, Uri.EscapeDataString(text));
        Assert.IsType<TicketVerdict.Granted>(Verify(text, TicketVerbs.Get, Hash, 1));
    }

    [Fact]
    public void Issues_nothing_that_cannot_be_meant()
    {
        Assert.Throws<ArgumentException>(() => _tickets.Issue(A.Grant(scope: "")));
        Assert.Throws<ArgumentException>(() => _tickets.Issue(A.Grant(scope: new string('a', TicketGrant.MaxScopeBytes + 1))));
        Assert.Throws<ArgumentException>(() => _tickets.Issue(A.Grant(TicketVerbs.None)));
        Assert.Throws<ArgumentException>(() => _tickets.Issue(A.Grant(maxBytes: -1)));
        Assert.Throws<ArgumentException>(() => new ContentTickets(new byte[31], _time));
    }

    [Fact]
    public void Every_refusal_has_a_sentence_and_every_answer_a_status()
    {
        foreach (var reason in Enum.GetValues<ContentRefusal>())
        {
            Assert.EndsWith(".", reason.Sentence(), StringComparison.Ordinal);
            Assert.Equal(reason.ToString(), Enum.GetName(reason));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => default(ContentRefusal).Sentence());
    }

    private static void AssertRefused(ContentRefusal reason, TicketVerdict verdict) => Assert.Equal(new TicketVerdict.Refused(reason), verdict);

    private TicketGrant Soon(TicketGrant grant) => grant with { Expires = _time.GetUtcNow().AddHours(1) };

    private TicketVerdict Verify(string text, TicketVerbs verb, ContentHash content, long? bytes) =>
        _tickets.Verify($"{ContentTickets.Scheme} {text}", verb, content, bytes);
}
