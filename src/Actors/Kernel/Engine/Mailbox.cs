using System.Threading.Channels;

namespace VideoMesh.Actors.Kernel.Engine;

internal readonly record struct Envelope(object Message, IActorRef? Sender);

/// <summary>
/// The two queues of an actor and its turns on the thread pool. An actor with nothing to do holds no thread; one with much to do
/// gives its thread back after <see cref="MessagesPerTurn"/> messages so that others get theirs.
/// </summary>
internal sealed class Mailbox(ActorCell cell, int capacity) : IThreadPoolWorkItem
{
    private const int MessagesPerTurn = 100;
    private const int Idle = 0;
    private const int Running = 1;
    private const int Signalled = 2;

    private readonly Channel<Envelope> _messages = NewQueue<Envelope>();
    private readonly Channel<SystemMessage> _orders = NewQueue<SystemMessage>();
    private readonly Stack<Envelope> _front = new();
    private int _state;
    private int _bounded;
    private int _suspensions;
    private bool _closed;

    /// <summary>How often the actor was suspended and not resumed; only its own turn changes it.</summary>
    public int Suspensions => _suspensions;

    public bool IsClosed => _closed;

    /// <returns>False: the actor has stopped, or its bounded mailbox is full.</returns>
    public bool TryPost(in Envelope envelope)
    {
        if (capacity > 0 && Interlocked.Increment(ref _bounded) > capacity)
        {
            Interlocked.Decrement(ref _bounded);
            return false;
        }

        if (!_messages.Writer.TryWrite(envelope))
        {
            return false;
        }

        Signal();
        return true;
    }

    /// <summary>Posts past the bound: a watcher whose mailbox is full must still hear of a death.</summary>
    public bool TryPostUnbounded(in Envelope envelope)
    {
        Interlocked.Increment(ref _bounded);
        if (!_messages.Writer.TryWrite(envelope))
        {
            return false;
        }

        Signal();
        return true;
    }

    /// <returns>False: the actor has stopped.</returns>
    public bool TryPost(SystemMessage order)
    {
        if (!_orders.Writer.TryWrite(order))
        {
            return false;
        }

        Signal();
        return true;
    }

    public void PostFirst(in Envelope envelope) => _front.Push(envelope);

    public void Suspend() => _suspensions++;

    public void Resume() => _suspensions = Math.Max(0, _suspensions - 1);

    /// <summary>Refuses all that comes from now on, and returns what had come.</summary>
    public (List<Envelope> Messages, List<SystemMessage> Orders) Close()
    {
        _closed = true;
        _messages.Writer.TryComplete();
        _orders.Writer.TryComplete();
        List<Envelope> messages = [];
        List<SystemMessage> orders = [];
        while (TryTake(out var envelope))
        {
            messages.Add(envelope);
        }

        while (_orders.Reader.TryRead(out var order))
        {
            orders.Add(order);
        }

        return (messages, orders);
    }

    public void Execute()
    {
        var left = MessagesPerTurn;
        do
        {
            Interlocked.Exchange(ref _state, Running);
            ActorCell.Current = cell;
            try
            {
                FollowOrders(ref left);
                while (!_closed && _suspensions == 0 && left > 0 && TryTake(out var envelope))
                {
                    left--;
                    cell.Invoke(envelope);
                    FollowOrders(ref left);
                }
            }
            finally
            {
                ActorCell.Current = null;
            }

            if (_closed)
            {
                return;
            }

            if (left-- <= 0)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }
        }
        while (Interlocked.CompareExchange(ref _state, Idle, Running) != Running);
    }

    private static Channel<T> NewQueue<T>() => Channel.CreateUnbounded<T>(
        new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = false });

    private void FollowOrders(ref int left)
    {
        while (!_closed && left > 0 && _orders.Reader.TryRead(out var order))
        {
            left--;
            cell.Follow(order);
        }
    }

    private bool TryTake(out Envelope envelope)
    {
        if (_front.TryPop(out envelope))
        {
            return true;
        }

        if (!_messages.Reader.TryRead(out envelope))
        {
            return false;
        }

        if (capacity > 0)
        {
            Interlocked.Decrement(ref _bounded);
        }

        return true;
    }

    /// <summary>
    /// The barrier and <see cref="Execute"/>'s exchange make a pair: either the sender sees that a turn is to come that has not looked
    /// yet, or that turn sees the message. So most tells to a busy actor touch no shared state but the queue.
    /// </summary>
    private void Signal()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _state) != Signalled && Interlocked.Exchange(ref _state, Signalled) == Idle)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
