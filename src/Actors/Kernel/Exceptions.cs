#pragma warning disable CA1032, RCS1194 // the constructors are Akka.NET's
namespace VideoMesh.Actors.Kernel;

/// <summary>The root of what the engine throws.</summary>
public abstract class AkkaException : Exception
{
    private protected AkkaException(string? message, Exception? cause = null)
        : base(message, cause)
    {
    }
}

/// <summary>An actor could not be constructed, or failed in <c>PreStart</c>. Its supervisor stops it by default.</summary>
public class ActorInitializationException : AkkaException
{
    public ActorInitializationException(string message)
        : base(message)
    {
    }

    public ActorInitializationException(string message, Exception? cause)
        : base(message, cause)
    {
    }

    public ActorInitializationException(IActorRef? actor, string message, Exception? cause = null)
        : base(message, cause) => Actor = actor;

    public IActorRef? Actor { get; }
}

/// <summary>An actor failed in <c>PostRestart</c>, or its new instance could not be constructed.</summary>
public sealed class PostRestartException : ActorInitializationException
{
    public PostRestartException(IActorRef actor, Exception cause, Exception originalCause)
        : base(actor, $"Exception post restart ({(originalCause is null ? "null" : originalCause.GetType().ToString())})", cause) =>
        OriginalCause = originalCause;

    /// <summary>Why it was restarted.</summary>
    public Exception? OriginalCause { get; }
}

/// <summary>An actor failed in <c>PreRestart</c>; it is restarted all the same.</summary>
public sealed class PreRestartException : ActorInitializationException
{
    public PreRestartException(IActorRef actor, Exception restartException, Exception cause, object? optionalMessage)
        : base(actor, $"Exception in PreRestart(exception = {cause?.GetType()}, message = {optionalMessage})", restartException)
    {
        RestartException = restartException;
        OptionalMessage = optionalMessage;
    }

    public Exception RestartException { get; }

    public object? OptionalMessage { get; }
}

/// <summary>A <see cref="Kill"/> was received.</summary>
public sealed class ActorKilledException(string message) : AkkaException(message);

/// <summary>An actor did not handle the <see cref="Terminated"/> of an actor it watches. Its supervisor stops it by default.</summary>
public sealed class DeathPactException(IActorRef deadActor) : AkkaException($"Monitored actor [{deadActor}] terminated")
{
    public IActorRef DeadActor { get; } = deadActor;
}

/// <summary>No answer came in time.</summary>
public sealed class AskTimeoutException(string message) : AkkaException(message);

/// <summary>The name is taken among its siblings, or has characters no name may have.</summary>
public sealed class InvalidActorNameException : AkkaException
{
    public InvalidActorNameException(string message)
        : base(message)
    {
    }

    public InvalidActorNameException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Null was told.</summary>
public sealed class InvalidMessageException(string message) : AkkaException(message);

/// <summary>An actor used its stash in a way that makes no sense.</summary>
public sealed class IllegalActorStateException(string message) : AkkaException(message);

/// <summary>More was stashed than <see cref="Props.WithStashCapacity"/> allows.</summary>
public sealed class StashOverflowException(string message, Exception? cause = null) : AkkaException(message, cause);
