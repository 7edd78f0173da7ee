using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Accounts;

/// <summary>The least stake since any height, as a function of that height: it only rises, so a few steps say it all (white paper, section 6.1: clout is the least stake over
/// the window). Immutable.</summary>
public sealed class CloutSteps : IEquatable<CloutSteps>
{
    /// <summary>The most steps held.</summary>
    public const int MaxSteps = 16;

    private CloutSteps(ImmutableArray<Step> steps) => Steps = steps;

    public static CloutSteps None { get; } = new([]);

    /// <summary>Since <paramref name="From"/> the stake was at least <paramref name="Stake"/>.</summary>
    public readonly record struct Step(ulong From, Amount Stake);

    /// <summary>Rising in both.</summary>
    public ImmutableArray<Step> Steps { get; }

    /// <param name="steps">Rising in both.</param>
    public static CloutSteps Of(ImmutableArray<Step> steps) => new(steps);

    /// <summary>The least stake from a height on until now; zero when there was none at that height.</summary>
    public Amount LeastSince(ulong height)
    {
        var least = Amount.Zero;
        foreach (var step in Steps)
        {
            if (step.From > height)
            {
                break;
            }

            least = step.Stake;
        }

        return least;
    }

    /// <summary>The stake changes at a height.</summary>
    /// <param name="before">The stake until then.</param>
    /// <param name="after">The stake from then on.</param>
    /// <param name="height">The height of the change, not below that of any earlier one.</param>
    /// <param name="oldest">The earliest height anybody will ask about from now on: steps that only tell of earlier ones go.</param>
    /// <returns>Null when it would take more than <see cref="MaxSteps"/>.</returns>
    public CloutSteps? Change(Amount before, Amount after, ulong height, ulong oldest)
    {
        var steps = Steps;
        while (steps.Length > 1 && steps[1].From <= oldest)
        {
            steps = steps.RemoveAt(0);
        }

        if (after == before)
        {
            return new CloutSteps(steps);
        }

        if (after > before)
        {
            // a second raise at one height adds to the first
            steps = steps is [.., { From: var last }] && last == height ? steps.SetItem(steps.Length - 1, new Step(height, after)) : steps.Add(new Step(height, after));
            return steps.Length > MaxSteps ? null : new CloutSteps(steps);
        }

        // a lowering makes all that was higher equal to it, and began when the first of them did
        var from = height;
        while (steps is [.., { Stake: var stake, From: var since }] && stake >= after)
        {
            from = since;
            steps = steps.RemoveAt(steps.Length - 1);
        }

        return new CloutSteps(after == Amount.Zero ? steps : steps.Add(new Step(from, after)));
    }

    public bool Equals(CloutSteps? other) => other is not null && Steps.AsSpan().SequenceEqual(other.Steps.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as CloutSteps);

    public override int GetHashCode() => Steps.Length;
}
