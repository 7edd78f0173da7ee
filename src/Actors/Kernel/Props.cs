using System.Linq.Expressions;
using VideoMesh.Actors.Kernel.Engine;

namespace VideoMesh.Actors.Kernel;

/// <summary>How to make an actor, again and again: its type, the arguments of a public constructor, its mailbox. Immutable.</summary>
public sealed class Props
{
    private Props(Type type, object?[] arguments)
    {
        if (!typeof(ActorBase).IsAssignableFrom(type) || type.IsAbstract)
        {
            throw new ArgumentException($"{type} is not an actor that can be constructed.", nameof(type));
        }

        Type = type;
        Arguments = arguments;
    }

    private Props(Props copy)
    {
        Type = copy.Type;
        Arguments = copy.Arguments;
        SupervisorStrategy = copy.SupervisorStrategy;
        Mailbox = copy.Mailbox;
        StashCapacity = copy.StashCapacity;
    }

    public Type Type { get; }

#pragma warning disable CA1819 // an array is Akka.NET's shape
    public object?[] Arguments { get; }
#pragma warning restore CA1819

    /// <summary>Overrides what the actor itself says, if set.</summary>
    public SupervisorStrategy? SupervisorStrategy { get; private init; }

    /// <summary>The name of a mailbox in the system's configuration; null: unbounded.</summary>
    public string? Mailbox { get; private init; }

    internal int StashCapacity { get; private init; } = -1;

    /// <summary>The factory must be a <c>new</c> expression: its arguments are evaluated now, once, and used for every incarnation.</summary>
    /// <exception cref="ArgumentException">The factory is anything else.</exception>
    public static Props Create<TActor>(Expression<Func<TActor>> factory, SupervisorStrategy? supervisorStrategy = null)
        where TActor : ActorBase
    {
        ArgumentNullException.ThrowIfNull(factory);
        if (factory.Body is not NewExpression create)
        {
            throw new ArgumentException("The create function must be a 'new T (parameters)' expression", nameof(factory));
        }

        return new Props(typeof(TActor), [.. create.Arguments.Select(ArgumentOf.Evaluate)]) { SupervisorStrategy = supervisorStrategy };
    }

    public static Props Create<TActor>(params object?[] args)
        where TActor : ActorBase => new(typeof(TActor), args);

    public static Props Create(Type type, params object?[] args) => new(type, args);

    /// <summary>Gives the actor the mailbox that the system's configuration has under this name.</summary>
    public Props WithMailbox(string mailbox) => new(this) { Mailbox = mailbox };

    /// <summary>Lets the actor stash at most so many messages.</summary>
    public Props WithStashCapacity(int stashCapacity) => new(this) { StashCapacity = stashCapacity };

    public Props WithSupervisorStrategy(SupervisorStrategy supervisorStrategy) => new(this) { SupervisorStrategy = supervisorStrategy };

    internal ActorBase NewActor()
    {
        try
        {
            return (ActorBase)Activator.CreateInstance(Type, Arguments)!;
        }
        catch (Exception e)
        {
            throw new TypeLoadException($"Error while creating actor instance of type {Type} with {Arguments.Length} args: ({string.Join(',', Arguments)})", e);
        }
    }
}
