using VideoMesh.Actors.Kernel.Engine;

namespace VideoMesh.Actors.Kernel;

/// <summary>
/// An actor that declares a handler per message type, in its constructor or inside <see cref="Become(Action)"/>. The first
/// handler that fits takes the message.
/// </summary>
public abstract class ReceiveActor : UntypedActor
{
    private readonly Stack<HandlerTable> _building = new();
    private readonly HandlerTable _initial = new();

    protected ReceiveActor() => _building.Push(_initial);

    internal void Seal() => _building.Clear();

    protected sealed override void OnReceive(object message) => Dispatch(_initial, message);

    protected void Become(Action configure) => Become(Build(configure));

    protected void BecomeStacked(Action configure) => BecomeStacked(Build(configure));

    protected void Receive<T>(Action<T> handler, Predicate<T>? shouldHandle = null) => Table.Add(handler, shouldHandle);

    protected void Receive<T>(Predicate<T> shouldHandle, Action<T> handler) => Table.Add(handler, shouldHandle);

    /// <summary>The handler itself says whether it took the message.</summary>
    protected void Receive<T>(Func<T, bool> handler) => Table.Add(handler);

    /// <summary>As <see cref="Receive{T}(Action{T}, Predicate{T})"/>, and the next message waits until the task has ended.</summary>
    protected void ReceiveAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) =>
        Table.Add<T>(message => RunTask(() => handler(message)), shouldHandle);

    protected void ReceiveAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) => ReceiveAsync(handler, shouldHandle);

    /// <summary>Takes what no handler before it took; none can follow.</summary>
    protected void ReceiveAny(Action<object> handler) => Table.AddLast(handler);

    protected void ReceiveAnyAsync(Func<object, Task> handler) =>
        Table.AddLast(message => RunTask(() => handler(message)));

    private HandlerTable Table => _building.TryPeek(out var table)
        ? table
        : throw new InvalidOperationException("You may only call Receive-methods when constructing the actor and inside Become().");

    private UntypedReceive Build(Action configure)
    {
        var table = new HandlerTable();
        _building.Push(table);
        try
        {
            configure();
        }
        finally
        {
            _building.Pop();
        }

        return message => Dispatch(table, message);
    }

    private void Dispatch(HandlerTable table, object message)
    {
        if (!table.TryHandle(message))
        {
            Unhandled(message);
        }
    }
}
