using System.Collections.Immutable;
using VideoMesh.Actors.Client;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Proofs;

namespace VideoMesh.Actors.Market;

/// <summary>What a client asks of the ledger for a job. Pure.</summary>
public static class EscrowPlan
{
    /// <summary>The most miners that an escrow names: each costs the checks of the claims it may post.</summary>
    public const int MostMiners = 16;

    // Blocks for things to go wrong in and be done again, whatever the speed.
    private const ulong SpareBlocks = 600;

    /// <summary>ω of the whole job by the ledger's schedule.</summary>
    public static UInt128 Watts(JobState job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job.Renditions.Aggregate(UInt128.Zero, (sum, rendition) => sum + job.Frames.Aggregate(
            UInt128.Zero, (all, frames) => all + WorkSchedule.Of(rendition.Codec.Text(), rendition.Preset, (uint)frames, (uint)rendition.Width, (uint)rendition.Height)));
    }

    /// <summary>The terms of a job's escrow: the best miner's class, and of those who serve it as many as the budget covers, the cheapest first.</summary>
    /// <param name="sources">Of all segments, in order.</param>
    /// <param name="miners">Whose bid will do, the best first; the ledger knows their stake.</param>
    /// <returns>Null: the budget does not cover one miner; see <paramref name="least"/>.</returns>
    /// <param name="least">What the terms, or the least of all terms, would lock.</param>
    public static JobTerms? Terms(JobState job, ImmutableArray<ContentHash> sources, IReadOnlyList<MinerVerdict> miners, ContractRules rules, out Amount least)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(rules);
        var served = miners[0].Bid!.Classes.FirstOrDefault() ?? "";
        var named = miners.Where(miner => miner.Bid!.Classes.Contains(served, StringComparer.Ordinal)).Take(MostMiners).ToList();
        var tree = new SourceTree([.. sources.Zip(job.Frames, (source, frames) => (source, (uint)frames))]);
        while (true)
        {
            var terms = new JobTerms
            {
                SourceRoot = tree.Root,
                Frames = Runs(job.Frames),
                Renditions = [.. job.Renditions.Select(CanonicalRendition.Of)],
                Class = DeterminismClass.Id(served),
                Miners = [.. named.Select(miner => new JobMiner(miner.Miner, miner.Bid!.Price, (uint)job.Frames.Length))],
                CheckFee = rules.Parameters.LeastCheckFee,
                Deadline = 0,
            };
            var budget = terms.LeastBudget(rules.Parameters);
            least = new Amount((ulong)UInt128.Min(budget, ulong.MaxValue));
            if (budget <= job.Spec.BudgetNano)
            {
                return terms with { Deadline = rules.Height + Blocks(job, named, terms, rules) };
            }

            if (named.Count == 1)
            {
                return null;
            }

            named.Remove(named.MaxBy(miner => miner.Bid!.Price)!);
        }
    }

    // Twice the work at the pace that was bid, and the time in which a rejected claim shows itself.
    private static ulong Blocks(JobState job, List<MinerVerdict> miners, JobTerms terms, ContractRules rules)
    {
        var pace = miners.Sum(miner => miner.FramesPerSecond * miner.Bid!.Slots);
        var work = job.Frames.Sum(frames => (long)frames) / Math.Max(0.001, pace);
        var all = SegmentSet.Of(Enumerable.Range(0, job.Frames.Length));
        return Math.Min(rules.Parameters.LongestJobBlocks, (ulong)Math.Min(2 * work, int.MaxValue) + SpareBlocks + rules.Parameters.LongestSettlement(terms.DearestLeaf(all)));
    }

    private static ImmutableArray<FrameRun> Runs(ImmutableArray<int> frames)
    {
        var runs = ImmutableArray.CreateBuilder<FrameRun>();
        foreach (var length in frames)
        {
            if (runs.Count > 0 && runs[^1].Frames == length)
            {
                runs[^1] = runs[^1] with { Segments = runs[^1].Segments + 1 };
            }
            else
            {
                runs.Add(new FrameRun(1, (uint)length));
            }
        }

        return runs.ToImmutable();
    }
}
