using System.Threading.Channels;

namespace VideoMesh.TestKit;

/// <summary>An actor that hands the test what it is told. The same under either engine.</summary>
public sealed class Probe
{
    private readonly Channel<(object Message, IActorRef Sender)> _inbox = Channel.CreateUnbounded<(object, IActorRef)>();

    private Probe()
    {
    }

    public IActorRef Ref { get; private set; } = ActorRefs.Nobody;

    /// <summary>Who told the message that was expected last.</summary>
    public IActorRef LastSender { get; private set; } = ActorRefs.Nobody;

    public static Probe On(IActorRefFactory system)
    {
        ArgumentNullException.ThrowIfNull(system);
        var probe = new Probe();
        var inbox = probe._inbox.Writer;
        probe.Ref = system.ActorOf(Props.Create(() => new Listener(inbox)));
        return probe;
    }

    /// <summary>Tells from this probe, so that answers come back to it.</summary>
    public void Tell(IActorRef target, object message)
    {
        ArgumentNullException.ThrowIfNull(target);
        target.Tell(message, Ref);
    }

    /// <summary>Watches: its <see cref="Terminated"/> comes as a message. Returns when the watch stands.</summary>
    public async Task Watch(IActorRef target) => await Ref.Ask<Done>(new StartWatching(target), Eventually.Limit);

    /// <inheritdoc cref="Watch"/>
    public async Task Unwatch(IActorRef target) => await Ref.Ask<Done>(new StopWatching(target), Eventually.Limit);

    /// <summary>The next message, which must be of this type.</summary>
    public async Task<T> Expect<T>()
    {
        using var guard = new CancellationTokenSource(Eventually.Limit);
        object message;
        try
        {
            (message, LastSender) = await _inbox.Reader.ReadAsync(guard.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"No {typeof(T).Name} came.", e);
        }

        return Assert.IsAssignableFrom<T>(message);
    }

    /// <summary>The next message, which must equal this one.</summary>
    public async Task Expect<T>(T expected) => Assert.Equal(expected, await Expect<T>());

    /// <summary>The next messages, which must equal these, in order.</summary>
    public async Task ExpectInOrder<T>(params T[] expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        foreach (var message in expected)
        {
            await Expect(message);
        }
    }

    /// <summary>Everything told so far has been expected. Proves something only after a message that must come later.</summary>
    public void ExpectNothingMore() => Assert.False(_inbox.Reader.TryPeek(out var more), $"Not expected: {more.Message}");

    private sealed record StartWatching(IActorRef Target);

    private sealed record StopWatching(IActorRef Target);

    private sealed record Done;

    private sealed class Listener : ReceiveActor
    {
        public Listener(ChannelWriter<(object, IActorRef)> inbox)
        {
            Receive<StartWatching>(start =>
            {
                Context.Watch(start.Target);
                Sender.Tell(new Done());
            });
            Receive<StopWatching>(stop =>
            {
                Context.Unwatch(stop.Target);
                Sender.Tell(new Done());
            });
            ReceiveAny(message => inbox.TryWrite((message, Sender)));
        }
    }
}
