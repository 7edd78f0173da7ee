using VideoMesh.Actors.Kernel.Engine;

namespace VideoMesh.Actors.Kernel;

/// <summary>Questions to actors as tasks.</summary>
public static class Futures
{
    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<object>(message, timeout, CancellationToken.None);

    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<T>(message, timeout, CancellationToken.None);

    public static Task<T> Ask<T>(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<T>(message, timeout: null, cancellationToken);

    /// <summary>
    /// Tells <paramref name="message"/> and waits for the first answer. An answer that comes too late is a dead letter. Never block on the
    /// task on an actor's turn.
    /// </summary>
    /// <returns>
    /// The answer, if it is a <typeparamref name="T"/>. The task fails with the cause of a <see cref="Status.Failure"/>, with
    /// <see cref="ArgumentException"/> on an answer of another type, with <see cref="AskTimeoutException"/> after
    /// <paramref name="timeout"/> (null: never), and is cancelled with <paramref name="cancellationToken"/>.
    /// </returns>
    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken) =>
        self.Ask<T>(_ => message, timeout, cancellationToken);

    /// <summary>As above, with a message that carries the reference to answer to.</summary>
    public static Task<T> Ask<T>(this ICanTell self, Func<IActorRef, object> messageFactory, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(self);
        ArgumentNullException.ThrowIfNull(messageFactory);
        var system = (self as IInternalRef)?.System ?? ActorCell.Current?.System
            ?? throw new ArgumentException("Unable to resolve the target Provider", nameof(self));
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asker = new FutureRef<T>(system, system.NextTempPath(), answer);
        if (timeout is { } limit && limit > TimeSpan.Zero)
        {
            var timer = system.Time.CreateTimer(
                _ => answer.TrySetException(new AskTimeoutException($"Timeout after {limit.TotalSeconds:F2} seconds")),
                state: null,
                limit,
                Timeout.InfiniteTimeSpan);
            ReleaseAfter(answer.Task, timer);
        }

        if (cancellationToken.CanBeCanceled)
        {
            ReleaseAfter(answer.Task, cancellationToken.Register(() => answer.TrySetCanceled(cancellationToken)));
        }

        self.Tell(messageFactory(asker), asker);
        return answer.Task;
    }

    private static void ReleaseAfter(Task task, IDisposable resource) => _ = task.ContinueWith(
        static (_, held) => ((IDisposable)held!).Dispose(),
        resource,
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}

/// <summary>Stops that can be awaited.</summary>
public static class GracefulStopSupport
{
    public static Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout) => target.GracefulStop(timeout, PoisonPill.Instance);

    /// <summary>Tells <paramref name="stopMessage"/> and waits until the actor has stopped.</summary>
    /// <returns>False if it had not within <paramref name="timeout"/>.</returns>
    public static async Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout, object stopMessage)
    {
        if (target is not IInternalRef { System: { } system } watchee)
        {
            throw new InvalidOperationException($"{target} cannot be death-watched");
        }

        var stopped = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var watcher = new WatcherRef(system, system.NextTempPath(), stopped);
        watchee.SendSystem(new AddWatcher(watchee, watcher));
        target.Tell(stopMessage, ActorRefs.NoSender);
        if (timeout == TimeSpan.Zero)
        {
            return await stopped.Task;
        }

        await using var timer = system.Time.CreateTimer(_ => stopped.TrySetResult(false), state: null, timeout, Timeout.InfiniteTimeSpan);
        var inTime = await stopped.Task;
        watchee.SendSystem(new RemoveWatcher(watcher));
        return inTime;
    }
}

/// <summary>The outcome of tasks as messages.</summary>
public static class PipeToSupport
{
    /// <summary>
    /// Tells <paramref name="recipient"/> the task's result, or a <see cref="Status.Failure"/> with its exception. The functions make
    /// other messages of them.
    /// </summary>
    public static async Task PipeTo<T>(
        this Task<T> taskToPipe,
        ICanTell recipient,
        IActorRef? sender = null,
        Func<T, object>? success = null,
        Func<Exception, object>? failure = null)
    {
        ArgumentNullException.ThrowIfNull(taskToPipe);
        ArgumentNullException.ThrowIfNull(recipient);
        try
        {
            var result = await taskToPipe.ConfigureAwait(false);
            recipient.Tell(success is null ? result! : success(result), sender);
        }
        catch (Exception e)
        {
            recipient.Tell(failure is null ? new Status.Failure(e) : failure(e), sender);
        }
    }

    /// <summary>As above; without <paramref name="success"/> a success tells nothing.</summary>
    public static async Task PipeTo(
        this Task taskToPipe,
        ICanTell recipient,
        IActorRef? sender = null,
        Func<object>? success = null,
        Func<Exception, object>? failure = null)
    {
        ArgumentNullException.ThrowIfNull(taskToPipe);
        ArgumentNullException.ThrowIfNull(recipient);
        try
        {
            await taskToPipe.ConfigureAwait(false);
            if (success is not null)
            {
                recipient.Tell(success(), sender);
            }
        }
        catch (Exception e)
        {
            recipient.Tell(failure is null ? new Status.Failure(e) : failure(e), sender);
        }
    }
}
