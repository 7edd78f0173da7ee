using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Engine;

/// <summary>What the rest of the code relies on; these tests compile and mean the same under either actor engine.</summary>
public abstract class EngineTest : IAsyncLifetime
{
    // Two mailboxes, and silence on Akka.NET's console.
    private const string Settings = """
        akka { loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off, log-dead-letters-during-shutdown = off }
        three {
          mailbox-type = "Akka.Dispatch.BoundedMailbox, Akka"
          mailbox-capacity = 3
          mailbox-push-timeout-time = 0s
        }
        three-with-stash {
          mailbox-type = "Akka.Dispatch.BoundedDequeBasedMailbox, Akka"
          mailbox-capacity = 3
          mailbox-push-timeout-time = 0s
        }
        """;

    protected ActorSystem System { get; } = ActorSystem.Create("tests", ConfigurationFactory.ParseString(Settings));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Eventually.Ends(System.Terminate());

    protected Probe NewProbe() => Probe.On(System);

    /// <summary>A probe that sees everything of this type that the system publishes.</summary>
    protected Probe Subscribed<T>()
    {
        var probe = NewProbe();
        System.EventStream.Subscribe(probe.Ref, typeof(T));
        return probe;
    }

    /// <summary>Returns when the actor has handled what was told before; works with any actor that answers <c>"ping"</c>.</summary>
    protected static async Task Settled(IActorRef actor) => await actor.Ask<string>("ping", Eventually.Limit);
}

/// <summary>A failure with no meaning but the one its test gives it.</summary>
public sealed class OopsException(string message = "oops") : Exception(message);
