namespace VideoMesh.Actors.Kernel.Engine;

internal sealed class Stash(ActorCell cell, int capacity) : IStash
{
    private readonly LinkedList<Envelope> _kept = [];
    private long _lastTurn = -1;

    public int Capacity => capacity;

    public int Count => _kept.Count;

    public bool IsEmpty => _kept.Count == 0;

    public bool IsFull => capacity >= 0 && _kept.Count >= capacity;

    public bool NonEmpty => _kept.Count > 0;

    void IStash.Stash()
    {
        var message = cell.CurrentMessage ?? throw new IllegalActorStateException("There is no message to stash.");
        if (_lastTurn == cell.Turn)
        {
            throw new IllegalActorStateException($"Can't stash the same message {message} more than once");
        }

        _lastTurn = cell.Turn;
        if (capacity > 0 && _kept.Count >= capacity)
        {
            throw new StashOverflowException($"Couldn't enqueue message {message} from {cell.Sender} to stash of {cell.Self}");
        }

        _kept.AddLast(new Envelope(message, cell.RawSender));
    }

    public void Unstash()
    {
        if (_kept.First is { } oldest)
        {
            _kept.RemoveFirst();
            PutBack(oldest.Value);
        }
    }

    public void UnstashAll()
    {
        while (_kept.Last is { } latest)
        {
            _kept.RemoveLast();
            PutBack(latest.Value);
        }
    }

    private void PutBack(in Envelope envelope)
    {
        if (envelope.Message is Terminated terminated)
        {
            cell.ExpectAgain(terminated);
        }

        cell.Mailbox.PostFirst(envelope);
    }
}
