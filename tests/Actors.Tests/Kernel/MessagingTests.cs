using VideoMesh.Actors.Kernel.Engine;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Kernel;

public sealed class MessagingTests : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("messaging");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Eventually.Ends(_system.Terminate());

    [Fact]
    public async Task Answers_a_question()
    {
        var doubler = _system.ActorOf(Props.Create(() => new Doubler()), "doubler");

        Assert.Equal(42, await doubler.Ask<int>(21, Eventually.Limit));
        Assert.Equal("akka://messaging/user/doubler", doubler.Path.ToString());
    }

    [Fact]
    public async Task Keeps_the_order_of_each_sender()
    {
        var probe = Probe.On(_system);
        for (var i = 0; i < 1000; i++)
        {
            probe.Ref.Tell(i);
        }

        await probe.ExpectInOrder([.. Enumerable.Range(0, 1000)]);
    }

    private sealed class Doubler : ReceiveActor
    {
        public Doubler() => Receive<int>(n => Sender.Tell(2 * n));
    }
}
