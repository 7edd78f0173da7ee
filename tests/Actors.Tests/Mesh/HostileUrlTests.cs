using Microsoft.AspNetCore.Http;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Primitives;
using VideoMesh.TestKit;
using static VideoMesh.Actors.Tests.Mesh.MeshStories;

namespace VideoMesh.Actors.Tests.Mesh;

/// <summary>What a node meets when it dials where it was told to.</summary>
public sealed class HostileUrlTests
{
    [Fact]
    public async Task One_that_plays_back_what_it_hears_is_refused()
    {
        await using var echo = await ListeningStranger.EchoAsync();
        await using var node = await MeshNode.StartAsync(with: options => options with { Seeds = [echo.Url] });

        await Eventually.TrueAsync(() => node.EndedFor(LinkRefusal.Reflected));
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var victim = await ListeningStranger.StartAsync(context => context.Response.WriteAsync("hello"));
        await using var trap = await ListeningStranger.StartAsync(context =>
        {
            context.Response.Redirect(victim.Url + "mesh");
            return Task.CompletedTask;
        });
        await using var node = await MeshNode.StartAsync(with: options => options with { Seeds = [trap.Url] });

        await Eventually.TrueAsync(() => trap.Requests >= 3);

        Assert.True(node.EndedFor(LinkRefusal.Unreachable));
        Assert.Equal(0, victim.Requests);
    }

    [Fact]
    public async Task A_node_that_is_its_own_seed_notices_and_goes_on()
    {
        using var key = PrivateKey.Create();
        await using var itself = await MeshNode.StartAsync(key: key);
        await using var other = await MeshNode.StartAsync();
        await using var node = await MeshNode.StartAsync([itself, other], key: key);

        await Eventually.TrueAsync(() => itself.EndedFor(LinkRefusal.SelfDial) && node.Ended.Any(ended => ended.Reason == LinkRefusal.SelfDial && ended.ByPeer));
        await Eventually.TrueAsync(() => node.Sees(other.Address));
    }

    [Fact]
    public async Task Who_announces_anothers_url_is_found_out_and_harms_nobody()
    {
        await using var victim = await MeshNode.StartAsync();
        await using var node = await MeshNode.StartAsync();
        await using var liar = await StrangePeer.LinkAsync(node);
        var now = TimeProvider.System.GetUtcNow();
        var third = PrivateKey.Create();

        // Linked itself it would not be dialled, so the liar speaks for a second account of its own.
        await liar.AnnounceAsync();
        await liar.AnnounceAsync(A.Announcement(third, profile: A.Profile with { Url = victim.Url }, issued: now));

        await Eventually.TrueAsync(() => node.EndedFor(LinkRefusal.UnexpectedAddress));
        await using var friend = await MeshNode.StartAsync([victim, node]);
        await SeeEachOther(victim, node, friend);
    }

    private static Task UntilAborted(CancellationToken aborted)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        aborted.Register(ended.SetResult);
        return ended.Task;
    }

    [Fact]
    public async Task A_url_that_takes_connections_and_says_nothing_costs_one_dial_at_a_time()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var tarpit = await ListeningStranger.StartAsync(context => UntilAborted(context.RequestAborted));
        await using var node = await MeshNode.StartAsync(with: options => options with { Seeds = [tarpit.Url] }, time: time);
        await Eventually.TrueAsync(() => tarpit.Requests == 1);

        time.Advance(TimeSpan.FromSeconds(10));

        await Eventually.TrueAsync(() => node.EndedFor(LinkRefusal.Unreachable));
        Assert.Equal(1, tarpit.Requests);
    }
}
