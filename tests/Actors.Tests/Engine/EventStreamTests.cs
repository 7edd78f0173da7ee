using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Engine;

public sealed class EventStreamTests : EngineTest
{
    private interface ITidings;

    [Fact]
    public async Task Tells_subscribers_of_a_type_a_base_type_and_an_interface_once()
    {
        var probe = NewProbe();
        Assert.True(System.EventStream.Subscribe(probe.Ref, typeof(News)));
        Assert.False(System.EventStream.Subscribe(probe.Ref, typeof(News)));
        System.EventStream.Subscribe(probe.Ref, typeof(ITidings));

        System.EventStream.Publish(new GoodNews("one"));
        System.EventStream.Publish("not news");
        System.EventStream.Publish(new News("two"));

        await probe.Expect<News>(new GoodNews("one"));
        await probe.Expect(new News("two"));
    }

    [Fact]
    public async Task Tells_nothing_after_unsubscribe()
    {
        var probe = NewProbe();
        System.EventStream.Subscribe(probe.Ref, typeof(News));
        System.EventStream.Subscribe(probe.Ref, typeof(string));
        Assert.True(System.EventStream.Unsubscribe(probe.Ref, typeof(News)));

        System.EventStream.Publish(new News("unread"));
        System.EventStream.Publish("read");
        await probe.Expect("read");
        Assert.True(System.EventStream.Unsubscribe(probe.Ref));
        System.EventStream.Publish("unread");
        probe.Ref.Tell("end");

        await probe.Expect("end");
    }

    [Fact]
    public async Task Forgets_a_subscriber_that_stopped()
    {
        var letters = Subscribed<DeadLetter>();
        var probe = Subscribed<News>();
        Assert.True(await probe.Ref.GracefulStop(Eventually.Limit));
        await Eventually.TrueAsync(() => !System.EventStream.Unsubscribe(probe.Ref));

        System.EventStream.Publish(new News("nobody reads"));
        letters.Ref.Tell("end");

        await letters.Expect("end");
    }

    private record News(string Text) : ITidings;

    private sealed record GoodNews(string Text) : News(Text);
}
