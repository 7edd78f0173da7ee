using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Engine;

public sealed class AskTests : EngineTest
{
    [Fact]
    public async Task Gets_the_answer() => Assert.Equal("pong", await Answerer("pong").Ask<string>("ping", Eventually.Limit));

    [Fact]
    public async Task Gives_up_after_its_timeout() =>
        await Assert.ThrowsAsync<AskTimeoutException>(() => Eventually.Ends(NewProbe().Ref.Ask<string>("ping", TimeSpan.FromMilliseconds(20))));

    [Fact]
    public async Task Is_cancelled_by_its_token()
    {
        using var cancel = new CancellationTokenSource();
        var probe = NewProbe();
        var answer = probe.Ref.Ask<string>("ping", cancel.Token);
        await probe.Expect("ping");

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Eventually.Ends(answer));
    }

    [Fact]
    public async Task Makes_an_answer_that_comes_twice_a_dead_letter()
    {
        var letters = Subscribed<DeadLetter>();
        var probe = NewProbe();
        var answer = probe.Ref.Ask<string>("ping", Eventually.Limit);
        await probe.Expect("ping");

        probe.LastSender.Tell("first");
        Assert.Equal("first", await answer);
        probe.LastSender.Tell("second");

        Assert.Equal("second", (await letters.Expect<DeadLetter>()).Message);
    }

    [Fact]
    public async Task Fails_with_the_cause_of_a_failure() =>
        await Assert.ThrowsAsync<OopsException>(() => Answerer(new Status.Failure(new OopsException())).Ask<string>("ping", Eventually.Limit));

    [Fact]
    public async Task Fails_when_the_answer_is_of_another_type() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Answerer(5).Ask<string>("ping", Eventually.Limit));

    [Fact]
    public async Task Can_put_the_reference_to_answer_to_into_the_message()
    {
        var probe = NewProbe();
        var answer = probe.Ref.Ask<int>(replyTo => ("please", replyTo), Eventually.Limit, CancellationToken.None);

        var (_, replyTo) = await probe.Expect<(string, IActorRef)>();
        replyTo.Tell(7);

        Assert.Equal(7, await answer);
    }

    private IActorRef Answerer(object answer) => System.ActorOf(Props.Create(() => new Same(answer)));

    private sealed class Same : ReceiveActor
    {
        public Same(object answer) => ReceiveAny(_ => Sender.Tell(answer));
    }
}
