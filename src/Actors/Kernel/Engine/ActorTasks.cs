namespace VideoMesh.Actors.Kernel.Engine;

/// <summary>
/// Runs an actor's asynchronous handlers on its turns: the mailbox is suspended from the start of a handler to its end, and every piece
/// between two awaits comes back as an order of the engine, so that <c>Context</c>, <c>Self</c> and <c>Sender</c> stay what they were.
/// </summary>
internal sealed class ActorTasks(ActorCell cell) : TaskScheduler
{
    private Task? _starting;

    /// <summary>Whether a handler has begun and not ended.</summary>
    public bool IsBusy { get; private set; }

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Begins a handler, and ends it at once if it needs no await.</summary>
    public void Start(Func<Task> handler)
    {
        var start = new Task<Task>(handler);
        _starting = start;
        IsBusy = true;
        cell.Mailbox.Suspend();
        start.RunSynchronously(this);
        _starting = null;
        var running = start.Unwrap();
        if (running.IsCompleted)
        {
            End(running);
            return;
        }

        _ = running.ContinueWith(
            static (ended, self) => ((IInternalRef)self!).SendSystem(new HandlerEnded(ended)),
            cell.Self,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            Default);
    }

    /// <summary>Runs the next piece of the handler.</summary>
    public void Continue(Task task) => TryExecuteTask(task);

    /// <summary>Takes note of a handler's end.</summary>
    public void End(Task handler)
    {
        IsBusy = false;
        cell.EndHandler(FailureOf(handler));
    }

    protected override IEnumerable<Task>? GetScheduledTasks() => null;

    protected override void QueueTask(Task task) => ((IInternalRef)cell.Self).SendSystem(new RunContinuation(task));

    // Only the start of a handler runs in line: a long chain of ready continuations must not grow the stack.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        ReferenceEquals(task, _starting) && TryExecuteTask(task);

    private static Exception? FailureOf(Task handler) => handler switch
    {
        { IsCanceled: true } => new TaskCanceledException(),
        { IsFaulted: true, Exception.InnerExceptions: [var only] } => only,
        { IsFaulted: true } => handler.Exception,
        _ => null,
    };
}
