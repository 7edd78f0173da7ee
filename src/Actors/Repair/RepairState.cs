using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Actors.Repair;

/// <summary>Which stripes are unwell, and since when. Pure.</summary>
public sealed record RepairState(RepairOptions Options)
{
    private ImmutableDictionary<ContentHash, ImmutableDictionary<int, DateTimeOffset>> _unwell = ImmutableDictionary<ContentHash, ImmutableDictionary<int, DateTimeOffset>>.Empty;

    /// <summary>Takes in how an object is now.</summary>
    /// <returns>The stripes to repair: those that were unwell at the last look, too, and have lost half their parity or waited long enough.</returns>
    public (RepairState State, ImmutableArray<int> Due) Observe(ContentHash id, ObjectHealth health, DateTimeOffset now)
    {
        var before = _unwell.GetValueOrDefault(id) ?? ImmutableDictionary<int, DateTimeOffset>.Empty;
        var since = health.Stripes.Select((stripe, number) => (stripe, number)).Where(pair => pair.stripe.Health == Health.Degraded)
            .ToImmutableDictionary(pair => pair.number, pair => before.GetValueOrDefault(pair.number, now));
        var due = since.Where(pair => before.ContainsKey(pair.Key) && (IsUrgent(health.Stripes[pair.Key]) || now - pair.Value >= Options.Grace)).Select(pair => pair.Key).Order();
        return (this with { _unwell = since.IsEmpty ? _unwell.Remove(id) : _unwell.SetItem(id, since) }, [.. due]);
    }

    /// <summary>All is well with it, or another looks after it.</summary>
    public RepairState Forget(ContentHash id) => this with { _unwell = _unwell.Remove(id) };

    private static bool IsUrgent(StripeHealth stripe)
    {
        var parity = stripe.Blocks.Length - stripe.Data;
        return stripe.Blocks.Count(block => block.State == BlockState.Ok) <= stripe.Data + ((parity + 1) / 2);
    }
}
