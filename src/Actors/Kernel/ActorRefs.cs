using VideoMesh.Actors.Kernel.Engine;

namespace VideoMesh.Actors.Kernel;

/// <summary>Something that takes messages.</summary>
public interface ICanTell
{
    /// <summary>Puts <paramref name="message"/> into the mailbox and returns at once. Delivery is at most once, in order per sender.</summary>
    /// <exception cref="InvalidMessageException"><paramref name="message"/> is null.</exception>
    void Tell(object message, IActorRef? sender);
}

/// <summary>The address of one incarnation of an actor: safe to share between threads, equal only to itself.</summary>
public interface IActorRef : ICanTell, IEquatable<IActorRef>, IComparable<IActorRef>
{
    ActorPath Path { get; }
}

/// <summary>The two references that stand for nobody.</summary>
public static class ActorRefs
{
    /// <summary>Swallows every message.</summary>
    public static readonly Nobody Nobody = Nobody.Instance;

    /// <summary>"No reply wanted": the receiver sees dead letters as the sender.</summary>
    public static readonly IActorRef? NoSender;
}

/// <summary>The actor that is not there; see <see cref="ActorRefs.Nobody"/>.</summary>
#pragma warning disable CA1036 // Akka.NET's references have no comparison operators
public sealed class Nobody : IInternalRef
#pragma warning restore CA1036
{
    private Nobody()
    {
    }

    internal static Nobody Instance { get; } = new();

    public ActorPath Path { get; } = ActorPath.Root("all-systems").ChildPath("Nobody", 0);

    LocalActorSystem? IInternalRef.System => null;

    public void Tell(object message, IActorRef? sender)
    {
    }

    public bool Equals(IActorRef? other) => ReferenceEquals(this, other);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => Path.GetHashCode();

    int IComparable<IActorRef>.CompareTo(IActorRef? other) => RefOrder.Compare(this, other);

    void IInternalRef.SendSystem(SystemMessage message)
    {
    }

    public override string ToString() => Path.ToString();
}

/// <summary>What Akka.NET adds to every reference.</summary>
public static class ActorRefImplicitSenderExtensions
{
    /// <summary>Tells with the actor that is running now as the sender, or with none outside an actor.</summary>
    public static void Tell(this IActorRef receiver, object message)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        receiver.Tell(message, ActorCell.Current?.Self);
    }

    /// <summary>Tells on behalf of the sender of the message that is being handled now.</summary>
    public static void Forward(this IActorRef receiver, object message)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        receiver.Tell(message, ActorCell.Current?.Sender);
    }
}

/// <summary>What Akka.NET adds to every reference.</summary>
public static class ActorRefExtensions
{
    public static bool IsNobody(this IActorRef? actorRef) => actorRef is null or Nobody;
}
