using System.Collections.Immutable;

namespace VideoMesh.Actors.Kernel;

/// <summary>Tells published objects to whoever subscribed to their type, a base type or an interface of theirs. Safe on any thread.</summary>
public sealed class EventStream
{
    private readonly Lock _gate = new();
    private ImmutableDictionary<Type, ImmutableHashSet<IActorRef>> _channels = ImmutableDictionary<Type, ImmutableHashSet<IActorRef>>.Empty;
    private ImmutableDictionary<Type, ImmutableArray<IActorRef>> _routes = ImmutableDictionary<Type, ImmutableArray<IActorRef>>.Empty;

    internal EventStream()
    {
    }

    /// <returns>False if it was subscribed already.</returns>
    public bool Subscribe(IActorRef subscriber, Type channel)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        ArgumentNullException.ThrowIfNull(channel);
        lock (_gate)
        {
            var before = _channels.GetValueOrDefault(channel, []);
            var after = before.Add(subscriber);
            Set(channel, after);
            return after.Count != before.Count;
        }
    }

    /// <returns>False if it was not subscribed.</returns>
    public bool Unsubscribe(IActorRef subscriber, Type channel)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        ArgumentNullException.ThrowIfNull(channel);
        lock (_gate)
        {
            if (!_channels.TryGetValue(channel, out var before) || !before.Contains(subscriber))
            {
                return false;
            }

            Set(channel, before.Remove(subscriber));
            return true;
        }
    }

    /// <summary>Ends every subscription of <paramref name="subscriber"/>.</summary>
    public bool Unsubscribe(IActorRef subscriber)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        lock (_gate)
        {
            var found = false;
            foreach (var (channel, subscribers) in _channels)
            {
                if (subscribers.Contains(subscriber))
                {
                    found = true;
                    Set(channel, subscribers.Remove(subscriber));
                }
            }

            return found;
        }
    }

    public void Publish(object @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        foreach (var subscriber in RouteOf(@event.GetType()))
        {
            subscriber.Tell(@event);
        }
    }

    private ImmutableArray<IActorRef> RouteOf(Type type)
    {
        if (Volatile.Read(ref _routes).TryGetValue(type, out var route))
        {
            return route;
        }

        lock (_gate)
        {
            route = [.. _channels.Where(c => c.Key.IsAssignableFrom(type)).SelectMany(c => c.Value).Distinct()];
            Volatile.Write(ref _routes, _routes.SetItem(type, route));
            return route;
        }
    }

    private void Set(Type channel, ImmutableHashSet<IActorRef> subscribers)
    {
        _channels = subscribers.IsEmpty ? _channels.Remove(channel) : _channels.SetItem(channel, subscribers);
        Volatile.Write(ref _routes, _routes.Clear());
    }
}
