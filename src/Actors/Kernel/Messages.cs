namespace VideoMesh.Actors.Kernel;

/// <summary>A watched actor has stopped, or was never there. Comes after everything that actor ever told the watcher.</summary>
public sealed class Terminated
{
    internal Terminated(IActorRef actorRef, bool existenceConfirmed)
    {
        ActorRef = actorRef;
        ExistenceConfirmed = existenceConfirmed;
    }

    public IActorRef ActorRef { get; }

    /// <summary>False if the actor had already stopped when it was first watched.</summary>
    public bool ExistenceConfirmed { get; }

    public override string ToString() => $"<Terminated>: {ActorRef} - ExistenceConfirmed={ExistenceConfirmed}";
}

/// <summary>Stops the receiver once it has handled what came before.</summary>
public sealed class PoisonPill
{
    private PoisonPill()
    {
    }

    public static PoisonPill Instance { get; } = new();

    public override string ToString() => "<PoisonPill>";
}

/// <summary>Makes the receiver fail with <see cref="ActorKilledException"/>: its supervisor decides what follows.</summary>
public sealed class Kill
{
    private Kill()
    {
    }

    public static Kill Instance { get; } = new();

    public override string ToString() => "<Kill>";
}

/// <summary>Nothing came for as long as <see cref="IActorContext.SetReceiveTimeout"/> said.</summary>
public sealed class ReceiveTimeout
{
    private ReceiveTimeout()
    {
    }

    public static ReceiveTimeout Instance { get; } = new();
}

/// <summary>Marks a message that does not put off the receive timeout.</summary>
public interface INotInfluenceReceiveTimeout;

/// <summary>A message that carries another.</summary>
public interface IWrappedMessage
{
    object Message { get; }
}

/// <summary>The outcome of something asked for. A <see cref="Failure"/> makes the asker's task fail with its cause.</summary>
public abstract class Status
{
    private Status()
    {
    }

    public sealed class Success(object? status) : Status
    {
        /// <summary>What succeeded.</summary>
#pragma warning disable CA1051, CA1721 // public fields, and the name of the outer type: Akka.NET's shape
        public readonly object? Status = status;
#pragma warning restore CA1051, CA1721

        public override string ToString() => Status is null ? "Success" : $"Success: {Status}";
    }

    public sealed class Failure(Exception cause) : Status
    {
#pragma warning disable CA1051 // a public field is Akka.NET's shape
        public readonly Exception Cause = cause;
#pragma warning restore CA1051

        public override string ToString() => $"Failure: {Cause}";
    }
}

/// <summary>A message that reached nobody, or nobody's interest.</summary>
public abstract class AllDeadLetters : IWrappedMessage
{
    private protected AllDeadLetters(object message, IActorRef sender, IActorRef recipient)
    {
        Message = message;
        Sender = sender;
        Recipient = recipient;
    }

    public object Message { get; }

    public IActorRef Sender { get; }

    public IActorRef Recipient { get; }

    public override string ToString() => $"{GetType().Name} from {Sender} to {Recipient}: <{Message}>";
}

/// <summary>Published when a message was told to an actor that had stopped, or whose bounded mailbox was full.</summary>
public sealed class DeadLetter : AllDeadLetters
{
    internal DeadLetter(object message, IActorRef sender, IActorRef recipient)
        : base(message, sender, recipient)
    {
    }
}

/// <summary>Published when an actor had no handler for a message.</summary>
public sealed class UnhandledMessage : AllDeadLetters
{
    internal UnhandledMessage(object message, IActorRef sender, IActorRef recipient)
        : base(message, sender, recipient)
    {
    }
}

/// <summary>Something an operator may want to read, published on the event stream: above all an actor's failure, with its cause.</summary>
public abstract class LogEvent
{
    private protected LogEvent(Exception? cause, string logSource, Type logClass, object message)
    {
        Cause = cause;
        LogSource = logSource;
        LogClass = logClass;
        Message = message;
    }

    public Exception? Cause { get; }

    /// <summary>The path of the actor it is about.</summary>
    public string LogSource { get; }

    public Type LogClass { get; }

    public object Message { get; }

    public override string ToString() => Cause is null ? $"[{LogSource}] {Message}" : $"[{LogSource}] {Message}{Environment.NewLine}Cause: {Cause}";
}
