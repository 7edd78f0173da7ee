using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.ComputeMiner;

/// <summary>What a compute miner has taken on. Pure.</summary>
public sealed record ComputeMinerState(ComputeMinerOptions Options)
{
    public ImmutableDictionary<WorkKey, WorkOrder> Work { get; private init; } = ImmutableDictionary<WorkKey, WorkOrder>.Empty;

    /// <summary>Delivered, but the client has yet to fetch the bytes.</summary>
    public ImmutableHashSet<WorkKey> Kept { get; private init; } = [];

    public bool Draining { get; private init; }

    public long SegmentsDone { get; private init; }

    public long FramesDone { get; private init; }

    /// <summary>Null: take it. The rules run from cheap to dear.</summary>
    public DeclineReason? Judge(WorkOrder order, string determinismClass)
    {
        if (Draining)
        {
            return DeclineReason.Draining;
        }

        if (Work.Count >= Options.Slots + Options.Reserve)
        {
            return DeclineReason.NoFreeSlot;
        }

        if (order.ClientUrl is null && !Options.Dialable)
        {
            return DeclineReason.Unreachable;
        }

        if (order.SourceBytes > Options.MaxSourceBytes || order.Frames > Options.MaxFrames || order.Renditions.Length > Options.MaxRenditions
            || order.Renditions.Any(r => (long)r.Width * r.Height > Options.MaxPixels))
        {
            return DeclineReason.TooLarge;
        }

        if (order.Renditions.Any(r => !Options.PixelsPerSecond.ContainsKey(r.Codec)))
        {
            return DeclineReason.CodecNotServed;
        }

        return determinismClass.Length > 0 && !Options.DeterminismClasses.Contains(determinismClass, StringComparer.Ordinal) ? DeclineReason.ClassNotServed : null;
    }

    public ComputeMinerState Take(WorkOrder order) => this with { Work = Work.SetItem(order.Key, order) };

    /// <summary>The segment was delivered.</summary>
    public ComputeMinerState Deliver(WorkKey key) => Work.TryGetValue(key, out var order)
        ? Drop(key) with
        {
            SegmentsDone = SegmentsDone + 1,
            FramesDone = FramesDone + order.Frames,
            Kept = order.ClientUrl is null ? Kept.Add(key) : Kept,
        }
        : this;

    /// <summary>It failed, was handed back, or nobody waits for it any more.</summary>
    public ComputeMinerState Drop(WorkKey key) => this with { Work = Work.Remove(key), Kept = Kept.Remove(key) };

    public ComputeMinerState StartDraining() => this with { Draining = true };

    public IEnumerable<WorkKey> WorkOf(Address client) => Work.Keys.Concat(Kept).Where(k => k.Client == client);
}
