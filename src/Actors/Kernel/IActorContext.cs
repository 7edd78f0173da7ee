namespace VideoMesh.Actors.Kernel;

/// <summary>Something that actors can be started under.</summary>
public interface IActorRefFactory
{
    /// <summary>Starts an actor. Its constructor runs later, on its own turn; a failure there goes to its supervisor.</summary>
    /// <exception cref="InvalidActorNameException">The name is taken among the siblings, or not a valid path element.</exception>
    /// <exception cref="InvalidOperationException">The parent is stopping.</exception>
    /// <exception cref="ConfigurationException">The mailbox that the props name is not configured.</exception>
    IActorRef ActorOf(Props props, string? name = null);
}

/// <summary>Something that can be told when an actor stops.</summary>
public interface ICanWatch
{
    /// <summary>Asks for one <see cref="Terminated"/> when <paramref name="subject"/> has stopped, also if it had already.</summary>
    IActorRef Watch(IActorRef subject);

    /// <summary>As <see cref="Watch"/>, with a message of one's own in place of <see cref="Terminated"/>.</summary>
    IActorRef WatchWith(IActorRef subject, object message);

    /// <summary>From now on no <see cref="Terminated"/> of <paramref name="subject"/> comes, not even one already in the mailbox.</summary>
    IActorRef Unwatch(IActorRef subject);
}

/// <summary>An actor's surroundings. Belongs to the actor's own turn: never hand it to another thread.</summary>
public interface IActorContext : IActorRefFactory, ICanWatch
{
    IActorRef Self { get; }

    /// <summary>Who told the message that is being handled; dead letters if nobody said.</summary>
    IActorRef Sender { get; }

    IActorRef Parent { get; }

    ActorSystem System { get; }

    Props Props { get; }

    TimeSpan? ReceiveTimeout { get; }

    void Become(Receive receive);

    void BecomeStacked(Receive receive);

    void UnbecomeStacked();

    /// <summary>The child of this name, or <see cref="ActorRefs.Nobody"/>.</summary>
    IActorRef Child(string name);

    IEnumerable<IActorRef> GetChildren();

    /// <summary>From now on a <see cref="ReceiveTimeout"/> comes whenever no message came for this long; null: never.</summary>
    void SetReceiveTimeout(TimeSpan? timeout);

    /// <summary>Stops a child, or the actor itself, after the message it is handling now.</summary>
    void Stop(IActorRef child);
}

/// <summary>The context of an <see cref="UntypedActor"/>.</summary>
public interface IUntypedActorContext : IActorContext
{
    void Become(UntypedReceive receive);

    void BecomeStacked(UntypedReceive receive);
}

/// <summary>An actor with timers of its own. They die with the instance that started them.</summary>
public interface IWithTimers
{
    /// <summary>Set by the engine before the actor's constructor runs.</summary>
    ITimerScheduler Timers { get; set; }
}

/// <summary>An actor's timers, by key. Belongs to the actor's own turn. A tick that was cancelled or replaced is never delivered, even if it was already in the mailbox.</summary>
public interface ITimerScheduler
{
    /// <summary>Tells the actor <paramref name="msg"/> every <paramref name="interval"/>, first after one interval. Replaces a timer of the same key.</summary>
    void StartPeriodicTimer(object key, object msg, TimeSpan interval);

    void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval);

    /// <summary>Tells the actor <paramref name="msg"/> once. Replaces a timer of the same key.</summary>
    void StartSingleTimer(object key, object msg, TimeSpan timeout);

    bool IsTimerActive(object key);

    void Cancel(object key);

    void CancelAll();
}

/// <summary>An actor that has a stash.</summary>
public interface IActorStash
{
    /// <summary>Set by the engine after the actor's constructor ran and before <c>PreStart</c>.</summary>
    IStash Stash { get; set; }
}

/// <summary>An actor that can put messages aside. A restart puts them back in front of the mailbox; a stop makes them dead letters.</summary>
public interface IWithStash : IActorStash;

/// <summary>Messages put aside for later.</summary>
public interface IStash
{
    /// <summary>The most messages it holds; negative: no limit.</summary>
    int Capacity { get; }

    int Count { get; }

    bool IsEmpty { get; }

    bool IsFull { get; }

    bool NonEmpty { get; }

    /// <summary>Puts the message that is being handled aside.</summary>
    /// <exception cref="IllegalActorStateException">It was stashed already.</exception>
    /// <exception cref="StashOverflowException">The stash is full.</exception>
    void Stash();

    /// <summary>Puts the oldest message back in front of the mailbox.</summary>
    void Unstash();

    /// <summary>Puts all messages back in front of the mailbox, in the order they came.</summary>
    void UnstashAll();
}
