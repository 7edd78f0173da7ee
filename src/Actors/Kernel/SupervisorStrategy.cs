using VideoMesh.Actors.Kernel.Engine;

namespace VideoMesh.Actors.Kernel;

/// <summary>What a supervisor does with a failed child.</summary>
public enum Directive
{
    /// <summary>Go on with the next message and the same instance.</summary>
    Resume = 0,

    /// <summary>Go on with the next message and a fresh instance.</summary>
    Restart = 1,

    /// <summary>Fail oneself with the same cause.</summary>
    Escalate = 2,

    /// <summary>Stop for good.</summary>
    Stop = 3,
}

/// <summary>Finds the directive for a failure.</summary>
public interface IDecider
{
    Directive Decide(Exception cause);
}

/// <summary>A decider made of a function.</summary>
public sealed class LocalOnlyDecider(Func<Exception, Directive> decider) : IDecider
{
    public Directive Decide(Exception cause) => decider(cause);
}

/// <summary>How a supervisor answers the failures of its children.</summary>
public abstract class SupervisorStrategy
{
    /// <summary>Stop what could not start, was killed or broke a death pact; restart all else.</summary>
#pragma warning disable CA2211, CA1051 // public fields are Akka.NET's shape
    public static readonly IDecider DefaultDecider = new LocalOnlyDecider(static cause => cause switch
    {
        ActorInitializationException or ActorKilledException or DeathPactException => Directive.Stop,
        _ => Directive.Restart,
    });

    public static readonly SupervisorStrategy DefaultStrategy = new OneForOneStrategy(DefaultDecider);

    public static readonly OneForOneStrategy StoppingStrategy = new(static _ => Directive.Stop);
#pragma warning restore CA2211, CA1051

    private protected SupervisorStrategy(int maxNrOfRetries, int withinTimeMilliseconds, IDecider decider)
    {
        MaxRetries = maxNrOfRetries;
        WithinMilliseconds = withinTimeMilliseconds;
        Decider = decider;
    }

    public IDecider Decider { get; }

    private protected int MaxRetries { get; }

    private protected int WithinMilliseconds { get; }

    private protected static int Milliseconds(TimeSpan? withinTimeRange) =>
        (int)(withinTimeRange ?? Timeout.InfiniteTimeSpan).TotalMilliseconds;

    /// <returns>False: the supervisor has to fail with the same cause.</returns>
    internal bool Handle(ActorCell supervisor, ChildStats failed, Exception cause, IReadOnlyList<ChildStats> siblings)
    {
        var directive = Decider.Decide(cause);
        if (directive == Directive.Escalate)
        {
            return false;
        }

        supervisor.Log(cause, failed.Child.Path, GetType(), cause is ActorInitializationException { InnerException: { } inner } ? inner.Message : cause.Message);
        if (directive == Directive.Resume)
        {
            failed.Child.SendSystem(new ResumeActor(cause));
            return true;
        }

        var concerned = Concerned(failed, siblings);
        var restart = directive == Directive.Restart
            && concerned.All(c => c.MayRestart(MaxRetries, WithinMilliseconds, supervisor.System.Time));
        foreach (var child in concerned)
        {
            if (!restart)
            {
                supervisor.Stop(child.Child);
                continue;
            }

            if (child != failed)
            {
                child.Child.SendSystem(SuspendActor.Instance);
            }

            child.Child.SendSystem(new RecreateActor(cause));
        }

        return true;
    }

    private protected abstract IReadOnlyList<ChildStats> Concerned(ChildStats failed, IReadOnlyList<ChildStats> siblings);
}

/// <summary>The failure of one child concerns that child only.</summary>
public sealed class OneForOneStrategy : SupervisorStrategy
{
    /// <param name="maxNrOfRetries">Restarts that are allowed within the time range, then the child is stopped; null or negative: no limit.</param>
    /// <param name="withinTimeRange">The time range; null: for ever.</param>
    /// <param name="localOnlyDecider">Finds the directive.</param>
    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> localOnlyDecider)
        : this(maxNrOfRetries, withinTimeRange, new LocalOnlyDecider(localOnlyDecider))
    {
    }

    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, IDecider decider)
        : base(maxNrOfRetries ?? -1, Milliseconds(withinTimeRange), decider)
    {
    }

    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider)
        : this(new LocalOnlyDecider(localOnlyDecider))
    {
    }

    public OneForOneStrategy(IDecider decider)
        : base(-1, -1, decider)
    {
    }

    public int MaxNumberOfRetries => MaxRetries;

    public int WithinTimeRangeMilliseconds => WithinMilliseconds;

    private protected override IReadOnlyList<ChildStats> Concerned(ChildStats failed, IReadOnlyList<ChildStats> siblings) => [failed];
}

/// <summary>The failure of one child concerns all of them.</summary>
public sealed class AllForOneStrategy : SupervisorStrategy
{
    /// <inheritdoc cref="OneForOneStrategy(int?, TimeSpan?, Func{Exception, Directive})"/>
    public AllForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> localOnlyDecider)
        : this(maxNrOfRetries, withinTimeRange, new LocalOnlyDecider(localOnlyDecider))
    {
    }

    public AllForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, IDecider decider)
        : base(maxNrOfRetries ?? -1, Milliseconds(withinTimeRange), decider)
    {
    }

    public AllForOneStrategy(Func<Exception, Directive> localOnlyDecider)
        : this(new LocalOnlyDecider(localOnlyDecider))
    {
    }

    public AllForOneStrategy(IDecider decider)
        : base(-1, -1, decider)
    {
    }

    public int MaxNumberOfRetries => MaxRetries;

    public int WithinTimeRangeMilliseconds => WithinMilliseconds;

    private protected override IReadOnlyList<ChildStats> Concerned(ChildStats failed, IReadOnlyList<ChildStats> siblings) => siblings;
}
