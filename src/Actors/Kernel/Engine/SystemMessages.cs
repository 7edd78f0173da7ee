namespace VideoMesh.Actors.Kernel.Engine;

/// <summary>What the engine itself tells an actor's cell. Goes before every ordinary message and is never bounded.</summary>
internal abstract class SystemMessage;

internal sealed class CreateActor : SystemMessage
{
    public static readonly CreateActor Instance = new();
}

internal sealed class SuspendActor : SystemMessage
{
    public static readonly SuspendActor Instance = new();
}

/// <param name="cause">The failure this answers; null if it only balances a suspension that came from above.</param>
internal sealed class ResumeActor(Exception? cause) : SystemMessage
{
    public Exception? Cause { get; } = cause;
}

internal sealed class RecreateActor(Exception cause) : SystemMessage
{
    public Exception Cause { get; } = cause;
}

internal sealed class StopActor : SystemMessage
{
    public static readonly StopActor Instance = new();
}

internal sealed class ChildFailed(IInternalRef child, Exception cause) : SystemMessage
{
    public IInternalRef Child { get; } = child;

    public Exception Cause { get; } = cause;
}

internal sealed class AddWatcher(IInternalRef watchee, IInternalRef watcher) : SystemMessage
{
    public IInternalRef Watchee { get; } = watchee;

    public IInternalRef Watcher { get; } = watcher;
}

internal sealed class RemoveWatcher(IInternalRef watcher) : SystemMessage
{
    public IInternalRef Watcher { get; } = watcher;
}

internal sealed class ActorStopped(IInternalRef actor, bool existenceConfirmed) : SystemMessage
{
    public IInternalRef Actor { get; } = actor;

    public bool ExistenceConfirmed { get; } = existenceConfirmed;
}

/// <summary>The next piece of an asynchronous handler.</summary>
internal sealed class RunContinuation(Task task) : SystemMessage
{
    public Task Task { get; } = task;
}

/// <summary>An asynchronous handler has ended.</summary>
internal sealed class HandlerEnded(Task handler) : SystemMessage
{
    public Task Handler { get; } = handler;
}
