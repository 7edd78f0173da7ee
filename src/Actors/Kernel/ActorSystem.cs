using VideoMesh.Actors.Kernel.Configuration;
using VideoMesh.Actors.Kernel.Engine;

namespace VideoMesh.Actors.Kernel;

/// <summary>A tree of actors, its event stream and its dead letters. Everything under <c>/user</c> stops with it.</summary>
public abstract class ActorSystem : IActorRefFactory, IDisposable
{
    private protected ActorSystem()
    {
    }

    public abstract string Name { get; }

    /// <summary>Where messages go that reach nobody; what comes here is published as <see cref="DeadLetter"/>.</summary>
    public abstract IActorRef DeadLetters { get; }

    public abstract EventStream EventStream { get; }

    /// <summary>Ends when every actor has stopped.</summary>
    public abstract Task WhenTerminated { get; }

    public static ActorSystem Create(string name) => new LocalActorSystem(name, Config.Empty, TimeProvider.System);

    /// <summary>A system with named mailboxes; see <see cref="ConfigurationFactory"/>.</summary>
    public static ActorSystem Create(string name, Config config) => new LocalActorSystem(name, config, TimeProvider.System);

    public abstract IActorRef ActorOf(Props props, string? name = null);

    /// <summary>Stops an actor after the message it is handling now.</summary>
    public abstract void Stop(IActorRef actor);

    /// <summary>Stops every actor, children before parents.</summary>
    public abstract Task Terminate();

    /// <summary>Terminates and waits until all actors have stopped. Never call it on an actor's turn.</summary>
    public void Dispose()
    {
        Terminate().Wait();
        GC.SuppressFinalize(this);
    }
}
