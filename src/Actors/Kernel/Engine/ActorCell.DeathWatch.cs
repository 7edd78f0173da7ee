namespace VideoMesh.Actors.Kernel.Engine;

internal sealed partial class ActorCell
{
    private readonly HashSet<IInternalRef> _watchers = [];
    private readonly Dictionary<IActorRef, object?> _watching = [];
    private readonly Dictionary<IActorRef, object?> _deathsInMailbox = [];

    public IActorRef Watch(IActorRef subject) => Watch(subject, message: null);

    public IActorRef WatchWith(IActorRef subject, object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Watch(subject, (object?)message);
    }

    public IActorRef Unwatch(IActorRef subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (_watching.Remove(subject))
        {
            ((IInternalRef)subject).SendSystem(new RemoveWatcher(_self));
        }

        _deathsInMailbox.Remove(subject);
        return subject;
    }

    /// <summary>A stashed notice that goes back into the mailbox counts again.</summary>
    public void ExpectAgain(Terminated terminated) => _deathsInMailbox[terminated.ActorRef] = null;

    private IActorRef Watch(IActorRef subject, object? message)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (!subject.Equals(_self) && _watching.TryAdd(subject, message))
        {
            var watchee = (IInternalRef)subject;
            watchee.SendSystem(new AddWatcher(watchee, _self));
        }

        return subject;
    }

    private void OnStopped(ActorStopped stopped)
    {
        if (_watching.Remove(stopped.Actor, out var message) && !IsTerminating)
        {
            // Told as an ordinary message, it comes after everything the dead actor told before.
            _deathsInMailbox[stopped.Actor] = message;
            Mailbox.TryPostUnbounded(new Envelope(new Terminated(stopped.Actor, stopped.ExistenceConfirmed), stopped.Actor));
        }

        if (StatsOf(stopped.Actor) is not null)
        {
            RemoveChild(stopped.Actor);
        }
    }

    /// <returns>Null: it was unwatched in the meantime, or nobody of the engine said so.</returns>
    private object? TakeTerminated(Terminated terminated) =>
        _deathsInMailbox.Remove(terminated.ActorRef, out var message) ? message ?? terminated : null;

    private void TellWatchers()
    {
        foreach (var watcher in _watchers)
        {
            if (!watcher.Equals(_parent))
            {
                watcher.SendSystem(new ActorStopped(_self, existenceConfirmed: true));
            }
        }

        _watchers.Clear();
    }

    private void UnwatchAll()
    {
        foreach (var subject in _watching.Keys)
        {
            ((IInternalRef)subject).SendSystem(new RemoveWatcher(_self));
        }

        _watching.Clear();
        _deathsInMailbox.Clear();
    }
}
