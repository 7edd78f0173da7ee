using System.Net;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Primitives;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Mesh;

public sealed class LinkGateTests
{
    private static readonly IPAddress s_one = IPAddress.Parse("203.0.113.1");
    private static readonly IPAddress s_other = IPAddress.Parse("203.0.113.2");

    private readonly ManualTime _time = new();
    private readonly LinkGate _gate;

    public LinkGateTests() => _gate = new LinkGate(A.Options with { MaxHandshakes = 6, MaxHandshakesPerIp = 3, MaxLinksPerIp = 2 }, _time);

    [Fact]
    public void The_oldest_unfinished_handshake_of_an_ip_makes_room_for_its_newer_ones()
    {
        var others = Admit(s_other);
        var slow = Enumerable.Range(0, 3).Select(_ => Admit(s_one)).ToArray();

        var newer = Admit(s_one);

        Assert.True(slow[0].WasCrowdedOut);
        Assert.True(slow[0].Revoked.IsCancellationRequested);
        Assert.All([slow[1], slow[2], newer, others], ticket => Assert.False(ticket.Revoked.IsCancellationRequested));
    }

    [Fact]
    public void The_oldest_of_all_makes_room_when_the_house_is_full()
    {
        var oldest = Admit(s_other);
        foreach (var number in Enumerable.Range(0, 6))
        {
            Admit(IPAddress.Parse($"198.51.100.{number}"));
        }

        Assert.True(oldest.WasCrowdedOut);
        Assert.Equal(6, _gate.Handshakes);
    }

    [Fact]
    public void A_handshake_that_nobody_finishes_is_revoked()
    {
        var ticket = Admit(s_one);

        _time.Advance(A.Options.HandshakeTimeout + TimeSpan.FromSeconds(1));

        Assert.True(ticket.Revoked.IsCancellationRequested);
        Assert.False(ticket.WasCrowdedOut);
    }

    [Fact]
    public void A_finished_handshake_is_neither_revoked_nor_crowded_out_and_counts_as_a_link_until_it_ends()
    {
        var first = Authenticated(s_one);
        Authenticated(s_one);
        Assert.Equal(LinkRefusal.TooManyLinks, RefusalOf(s_one));
        Admit(s_other);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(first.Revoked.IsCancellationRequested);

        first.Dispose();
        first.Dispose();

        Admit(s_one);
        Authenticated(s_one);
        Assert.Equal(LinkRefusal.TooManyLinks, RefusalOf(s_one));
    }

    [Fact]
    public void An_ip_is_banned_after_several_misbehaviours_for_a_growing_while()
    {
        foreach (var _ in Enumerable.Range(0, 8))
        {
            _gate.Punish(s_one, address: null);
            Admit(s_one);
        }

        var bans = Enumerable.Range(0, 10).Select(_ => BanOf(s_one)).ToArray();

        Assert.Equal(bans.Order(), bans);
        Assert.Equal(TimeSpan.FromSeconds(1), bans[0]);
        Assert.Equal(TimeSpan.FromMinutes(1), bans[^1]);
        Admit(s_other);
    }

    [Fact]
    public void Loopback_is_never_banned_since_all_of_a_machine_share_it()
    {
        foreach (var _ in Enumerable.Range(0, 100))
        {
            _gate.Punish(IPAddress.Loopback, address: null);
            Admit(IPAddress.Loopback);
            Admit(IPAddress.IPv6Loopback);
            Admit(null);
        }
    }

    [Fact]
    public void An_account_is_banned_at_once_for_a_growing_while_and_forgiven_after_ten_quiet_minutes()
    {
        var account = PrivateKey.Create().Address;
        TimeSpan Ban()
        {
            _gate.Punish(s_one, account);
            var start = _time.GetUtcNow();
            while (_gate.IsBanned(account))
            {
                _time.Advance(TimeSpan.FromSeconds(1));
            }

            return _time.GetUtcNow() - start;
        }

        Assert.Equal(A.Options.FirstBan, Ban());
        Assert.Equal(2 * A.Options.FirstBan, Ban());
        Assert.Equal(4 * A.Options.FirstBan, Ban());
        Admit(s_one);

        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(A.Options.FirstBan, Ban());
    }

    [Fact]
    public void One_ipv6_customer_counts_once_and_a_mapped_ipv4_address_counts_as_itself()
    {
        foreach (var number in Enumerable.Range(1, 3))
        {
            Admit(IPAddress.Parse($"2001:db8::{number}"));
        }

        var fourth = Admit(IPAddress.Parse("2001:db8::ffff"));
        Assert.Equal(3, _gate.Handshakes);
        Assert.Equal(IPAddress.Parse("2001:db8::"), fourth.Remote);
        Assert.Equal(s_one, Admit(s_one.MapToIPv6()).Remote);
    }

    private LinkTicket Admit(IPAddress? remote) => Assert.IsType<Admission.Admitted>(_gate.Admit(remote)).Ticket;

    private LinkTicket Authenticated(IPAddress remote)
    {
        var ticket = Admit(remote);
        ticket.Authenticated();
        return ticket;
    }

    private LinkRefusal RefusalOf(IPAddress remote) => Assert.IsType<Admission.Refused>(_gate.Admit(remote)).Refusal;

    private TimeSpan BanOf(IPAddress remote)
    {
        _gate.Punish(remote, address: null);
        var start = _time.GetUtcNow();
        while (_gate.Admit(remote) is Admission.Refused { Refusal: var refusal })
        {
            Assert.Equal(LinkRefusal.Banned, refusal);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        return _time.GetUtcNow() - start;
    }
}
