using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;
using VideoMesh.TestKit;
using static VideoMesh.Actors.Tests.Mesh.MeshStories;

namespace VideoMesh.Actors.Tests.Mesh;

public sealed class MeshNetworkTests
{
    [Fact]
    public async Task Three_nodes_find_each_other_through_one_seed()
    {
        await using var seed = await MeshNode.StartAsync();
        await using var left = await MeshNode.StartAsync([seed]);
        await using var right = await MeshNode.StartAsync([seed]);

        await SeeEachOther(seed, left, right);
        await CanTalk(left, right, frames: 1);
        await CanTalk(right, left, frames: 2);
    }

    [Fact]
    public async Task Messages_arrive_in_the_order_they_were_sent()
    {
        await using var left = await MeshNode.StartAsync();
        await using var right = await MeshNode.StartAsync([left]);
        await SeeEachOther(left, right);

        foreach (var number in Enumerable.Range(0, 800))
        {
            left.Send(right, Progress(number));
            right.Send(left, Progress(-number));
        }

        await Eventually.TrueAsync(() => right.Received<SegmentProgress>(left.Address).Count() == 800 && left.Received<SegmentProgress>(right.Address).Count() == 800);
        Assert.Equal(Enumerable.Range(0, 800).Select(number => (long)number), right.Received<SegmentProgress>(left.Address).Select(message => message.Amount));
        Assert.Equal(Enumerable.Range(0, 800).Select(number => (long)-number), left.Received<SegmentProgress>(right.Address).Select(message => message.Amount));
    }

    [Fact]
    public async Task Every_pair_of_many_nodes_that_dial_each_other_at_once_keeps_one_link()
    {
        await using var seed = await MeshNode.StartAsync();
        var nodes = new List<MeshNode> { seed };
        nodes.AddRange(await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => MeshNode.StartAsync([seed]))));

        await SeeEachOther([.. nodes]);
        foreach (var (from, to) in nodes.SelectMany(from => nodes.Where(to => to != from).Select(to => (from, to))))
        {
            await CanTalk(from, to, frames: 1);
        }

        foreach (var node in nodes)
        {
            Assert.Equal(nodes.Count - 1, (await node.CountersAsync()).Links);
            Assert.DoesNotContain(node.Told, told => told is MeshProtocol.PeerDown);
            Assert.Equal(nodes.Count - 1, (await node.DirectoryAsync()).Entries.Count(entry => entry.Linked));
        }

        await Task.WhenAll(nodes.Select(node => node.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task What_a_node_announces_reaches_its_peers()
    {
        await using var left = await MeshNode.StartAsync();
        await using var right = await MeshNode.StartAsync([left], profile: A.Profile with { Slots = 1, Url = null }, outboundOnly: true);
        await SeeEachOther(left, right);

        right.Mesh.Tell(new MeshProtocol.Announce(A.Profile with { Slots = 0, Url = null }), ActorRefs.NoSender);

        await Eventually.TrueAsync(() => left.ProfilesOf(right.Address).Select(profile => profile.Slots).SequenceEqual([1, 0]));
        Assert.Equal(A.Profile.PixelsPerSecond, left.ProfilesOf(right.Address).Last().PixelsPerSecond);
        Assert.Equal(A.Profile.Name, left.ProfilesOf(right.Address).Last().Name);
    }

    [Fact]
    public async Task A_profile_that_breaks_a_rule_is_refused_and_changes_nothing()
    {
        await using var node = await MeshNode.StartAsync();
        var failure = await Assert.ThrowsAnyAsync<Exception>(() =>
            node.Mesh.Ask<object>(new MeshProtocol.Announce(A.Profile with { Slots = -1 }), Eventually.Limit).ContinueWith(
                done => done.IsCompletedSuccessfully && done.Result is Status.Failure failed ? throw failed.Cause : done.GetAwaiter().GetResult(), TaskScheduler.Default));
        Assert.Contains("slots", failure.GetBaseException().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_a_url_is_reached_over_the_link_it_dialled_and_two_such_know_of_each_other()
    {
        await using var open = await MeshNode.StartAsync();
        await using var hidden = await MeshNode.StartAsync([open], outboundOnly: true);
        await using var other = await MeshNode.StartAsync([open], outboundOnly: true);

        await SeeEachOther(open, hidden);
        await SeeEachOther(open, other);
        await CanTalk(open, hidden, frames: 1);
        await CanTalk(hidden, open, frames: 2);
        await Eventually.TrueAsync(async () => (await hidden.DirectoryAsync()).Entries.Any(entry => entry.Announcement.Address == other.Address && !entry.Linked));
        Assert.False(hidden.Sees(other.Address));
    }

    [Fact]
    public async Task A_node_without_a_url_dials_clients_too_and_one_with_a_url_only_the_roles_it_wants()
    {
        MeshOptions OnlySeeds(MeshOptions options) => options with { DialRoles = ["seed"] };
        await using var seed = await MeshNode.StartAsync(profile: new NodeProfile { Roles = ["seed"] });
        await using var client = await MeshNode.StartAsync([seed], OnlySeeds, new NodeProfile { Roles = ["client"] });
        await using var picky = await MeshNode.StartAsync([seed], OnlySeeds, new NodeProfile { Roles = ["compute"] });
        await using var hidden = await MeshNode.StartAsync([seed], OnlySeeds, new NodeProfile { Roles = ["compute"] }, outboundOnly: true);

        await SeeEachOther(hidden, client);
        await SeeEachOther(hidden, picky);
        await Eventually.TrueAsync(async () => (await picky.DirectoryAsync()).Entries.Any(entry => entry.Announcement.Address == client.Address && entry.Announcement.Profile.Url is not null));
        Assert.False(picky.Sees(client.Address));
    }

    [Fact]
    public async Task A_cut_link_comes_back_by_itself()
    {
        await using var left = await MeshNode.StartAsync(outboundOnly: true);
        await using var wire = new CutProxy(left.Url);
        await using var right = await MeshNode.StartAsync(with: options => options with { Seeds = [wire.Url] }, outboundOnly: true);
        await SeeEachOther(left, right);

        wire.Cut();

        await Eventually.TrueAsync(() => left.Told.OfType<MeshProtocol.PeerDown>().Any() && right.Told.OfType<MeshProtocol.PeerDown>().Any());
        await SeeEachOther(left, right);
        await CanTalk(left, right, frames: 1);
        await CanTalk(right, left, frames: 2);
    }

    [Fact]
    public async Task A_node_that_stops_is_down_at_its_peers_and_up_again_after_a_restart_with_the_same_key()
    {
        using var key = PrivateKey.Create();
        await using var seed = await MeshNode.StartAsync();
        var first = await MeshNode.StartAsync([seed], key: key);
        await SeeEachOther(seed, first);

        await first.DisposeAsync();
        await Eventually.TrueAsync(() => !seed.Sees(key.Address));

        await using var second = await MeshNode.StartAsync([seed], key: key);
        await SeeEachOther(seed, second);
        await CanTalk(seed, second, frames: 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_that_died_without_a_word_is_replaced_by_its_next_life(bool peerHasLowerAddress)
    {
        var (lower, higher) = A.TwoKeys();
        await using var node = await MeshNode.StartAsync(key: peerHasLowerAddress ? higher : lower);
        await using var silent = await StrangePeer.JoinAsync(node, peerHasLowerAddress ? lower : higher, instance: 1);

        await using var next = await StrangePeer.LinkAsync(node, silent.Key, instance: 2);
        await next.AnnounceAsync(A.Announcement(silent.Key, sequence: 2, issued: TimeProvider.System.GetUtcNow()));
        await next.SendAsync(Progress(5));

        await Eventually.TrueAsync(() => node.Received<SegmentProgress>(silent.Address).Any(message => message.Amount == 5));
        Assert.Equal(LinkRefusal.Replaced, await silent.EndAsync());
        Assert.Equal(
            [typeof(MeshProtocol.PeerUp), typeof(MeshProtocol.PeerDown), typeof(MeshProtocol.PeerUp)],
            node.Told.Where(told => told is MeshProtocol.PeerUp or MeshProtocol.PeerDown).Select(told => told.GetType()).Take(3));
    }

    [Fact]
    public async Task A_second_link_of_the_same_life_is_refused_and_the_first_goes_on()
    {
        var (lower, higher) = A.TwoKeys();
        await using var node = await MeshNode.StartAsync(key: lower);
        await using var first = await StrangePeer.JoinAsync(node, higher);

        await using var second = await StrangePeer.ConnectAsync(node, higher);
        await second.HandshakeAsync();
        Assert.Equal(LinkRefusal.DuplicateLink, await second.EndAsync());

        await first.SendAsync(Progress(1));
        await Eventually.TrueAsync(() => node.Received<SegmentProgress>(higher.Address).Any());
        Assert.DoesNotContain(node.Told, told => told is MeshProtocol.PeerDown);
    }

    [Fact]
    public async Task A_peer_that_falls_silent_is_down_after_the_keep_alive_timeout()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var node = await MeshNode.StartAsync(time: time);
        await using var peer = await StrangePeer.JoinAsync(node);

        for (var second = 0; second < 15; second++)
        {
            Assert.True(node.Sees(peer.Address));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(LinkRefusal.Silent, await peer.EndAsync());
        await Eventually.TrueAsync(() => !node.Sees(peer.Address));
    }

    [Fact]
    public async Task A_peer_that_answers_pings_stays_up()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var node = await MeshNode.StartAsync(time: time);
        await using var peer = await StrangePeer.JoinAsync(node);

        for (var minute = 0; minute < 40; minute++)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            while (await peer.HearAsync() is not Ping)
            {
            }

            await peer.SendAsync(new Pong());

            // Answered in order: when this has come, so has the pong.
            await peer.SendAsync(Progress(minute));
            await Eventually.TrueAsync(() => node.Received<SegmentProgress>(peer.Address).Any(message => message.Amount == minute));
        }

        Assert.True(node.Sees(peer.Address));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Nodes_whose_clocks_are_an_hour_apart_work_together(int hours)
    {
        await using var left = await MeshNode.StartAsync();
        await using var right = await MeshNode.StartAsync([left], time: new SkewedTime(TimeSpan.FromHours(hours)));
        await using var third = await MeshNode.StartAsync([left]);

        await SeeEachOther(left, right, third);
        await CanTalk(left, right, frames: 1);
        await CanTalk(right, third, frames: 2);
    }

    [Fact]
    public async Task A_node_that_restarts_with_its_clock_set_back_is_soon_heard_again()
    {
        using var key = PrivateKey.Create();
        await using var seed = await MeshNode.StartAsync();
        await using var witness = await MeshNode.StartAsync([seed]);
        var first = await MeshNode.StartAsync([seed], key: key, profile: A.Profile with { Slots = 1 });
        await SeeEachOther(seed, witness, first);
        await first.DisposeAsync();

        await using var second = await MeshNode.StartAsync([seed], key: key, profile: A.Profile with { Slots = 7 }, time: new SkewedTime(TimeSpan.FromMinutes(-60)));

        await SeeEachOther(seed, witness, second);
        await Eventually.TrueAsync(() => seed.ProfilesOf(key.Address).Last().Slots == 7 && witness.ProfilesOf(key.Address).Last().Slots == 7);
    }

    [Fact]
    public async Task What_cannot_be_delivered_comes_back()
    {
        await using var node = await MeshNode.StartAsync();
        var nobody = PrivateKey.Create().Address;
        var message = Progress(1);

        var answer = await node.Mesh.Ask<MeshProtocol.Undeliverable>(new MeshProtocol.Send(nobody, message), Eventually.Limit);

        Assert.Equal(new MeshProtocol.Undeliverable(nobody, message), answer);
    }

    [Fact]
    public async Task What_does_not_fit_in_a_frame_comes_back_and_the_link_stays()
    {
        await using var left = await MeshNode.StartAsync();
        await using var right = await MeshNode.StartAsync([left]);
        await SeeEachOther(left, right);
        var large = new SegmentFailed { Detail = new string('x', FrameCodec.MaxFrameBytes) };

        Assert.Same(large, (await left.Mesh.Ask<MeshProtocol.Undeliverable>(new MeshProtocol.Send(right.Address, large), Eventually.Limit)).Message);
        await CanTalk(left, right, frames: 1);
    }

    [Fact]
    public async Task A_late_subscriber_hears_of_peers_that_are_up_already()
    {
        await using var left = await MeshNode.StartAsync();
        await using var right = await MeshNode.StartAsync([left]);
        await SeeEachOther(left, right);
        using var system = ActorSystem.Create("late");
        var probe = Probe.On(system);

        left.Mesh.Tell(new MeshProtocol.Subscribe(probe.Ref, [typeof(SegmentDone)]), ActorRefs.NoSender);

        Assert.Equal(right.Address, (await probe.Expect<MeshProtocol.PeerUp>()).Peer.Address);
        right.Send(left, Progress(1));
        right.Send(left, new SegmentDone());
        Assert.IsType<SegmentDone>((await probe.Expect<MeshProtocol.Received>()).Message);
    }
}

/// <summary>The system's clock, but wrong by so much.</summary>
internal sealed class SkewedTime(TimeSpan by) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
}
