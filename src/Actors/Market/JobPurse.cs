using System.Collections.Immutable;
using VideoMesh.Actors.Client;
using VideoMesh.Actors.ComputeMiner;
using VideoMesh.Actors.Earnings;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Proofs;

namespace VideoMesh.Actors.Market;

/// <summary>A client's purse for one job: opens its escrow, and signs for its miners what they need to be paid. One owner.</summary>
/// <param name="desk">Of the account that pays.</param>
public sealed class JobPurse(IContractDesk desk)
{
    private readonly Dictionary<Address, SegmentSet> _assigned = [];
    private SourceTree? _tree;

    /// <summary>Signs the call that opens a job's escrow.</summary>
    /// <param name="sources">Of all segments, in order.</param>
    /// <param name="miners">Whose bid will do, the best first.</param>
    /// <exception cref="ContractException">The budget covers no miner, none has the stake, or the ledger cannot be asked.</exception>
    public async Task<JobEvent.Funding> FundAsync(JobState job, ImmutableArray<ContentHash> sources, IReadOnlyList<MinerVerdict> miners, CancellationToken cancellationToken)
    {
        var rules = await desk.RulesAsync(cancellationToken);
        var reserves = (await desk.FindAsync([.. miners.Select(miner => MinerReserve.KeyOf(miner.Miner))], cancellationToken)).Objects;
        var standing = miners.Where((_, i) => reserves[i] is MinerReserve reserve && reserve.Reserved >= rules.Barrier).ToList();
        if (standing.Count == 0)
        {
            throw new ContractException(
                nameof(JobReason.NoMiner), $"None of the miners that would do this job has {rules.Barrier} of stake behind its claims, as the ledger asks.", isPassing: true);
        }

        var terms = EscrowPlan.Terms(job, sources, standing, rules, out var least) ?? throw new ContractException(
            nameof(JobReason.BudgetTooLow), $"The cheapest miner and its checks need an escrow of {least}, and --budget is {new Amount(job.Spec.BudgetNano)}; what is not spent comes back.", isPassing: false);
        var call = await desk.SignAsync(new ContractOperation.OpenJob(terms), least, cancellationToken);
        return new JobEvent.Funding(JobEscrow.IdOf(desk.Account, call.Nonce), rules.Chain, terms, least, sources, call);
    }

    /// <summary>Sends that call until it is final.</summary>
    /// <exception cref="ContractException">The ledger refuses it, or cannot be asked.</exception>
    public Task CompleteAsync(JobEvent.Funding funding, CancellationToken cancellationToken) => desk.CompleteAsync(funding.Call, cancellationToken);

    /// <summary>Gives one more segment to a miner; what it was given before is in the signature as well.</summary>
    public EscrowedWork Assign(JobState job, Address miner, int segment)
    {
        var escrow = job.Escrow ?? throw new InvalidOperationException("The job has no escrow.");
        _tree ??= new SourceTree([.. escrow.Sources.Zip(job.Frames, (source, frames) => (source, (uint)frames))]);
        var assigned = AssignedTo(job, miner).With(SegmentSet.Of([segment]));
        _assigned[miner] = assigned;
        return new EscrowedWork(escrow.Escrow, _tree.Prove(segment), assigned, desk.Sign(ClientWord.Assignment(escrow.Chain, escrow.Escrow, miner, assigned)));
    }

    /// <summary>What each miner may claim: all that was accepted of it.</summary>
    public IEnumerable<(Address Miner, WordOfClient Word)> Acknowledge(JobState job)
    {
        var escrow = job.Escrow ?? throw new InvalidOperationException("The job has no escrow.");
        foreach (var byMiner in job.Accepted.Values.GroupBy(accepted => accepted.Miner).OrderBy(group => group.Key))
        {
            var root = ClaimLeaves.Of(byMiner.SelectMany(accepted => accepted.Results).Select(result => result.Proof!.Result), job.Renditions.Length).Root;
            var (segments, assigned) = (SegmentSet.Of(byMiner.Select(accepted => accepted.Segment)), AssignedTo(job, byMiner.Key));
            yield return (byMiner.Key, new WordOfClient(
                escrow.Escrow,
                new AcknowledgedWork(segments, root, desk.Sign(ClientWord.Acceptance(escrow.Chain, escrow.Escrow, byMiner.Key, root))),
                assigned,
                desk.Sign(ClientWord.Assignment(escrow.Chain, escrow.Escrow, byMiner.Key, assigned))));
        }
    }

    // After a restart what was accepted is all that is known, and enough to claim it.
    private SegmentSet AssignedTo(JobState job, Address miner) =>
        _assigned.GetValueOrDefault(miner, SegmentSet.Empty).With(SegmentSet.Of(job.Accepted.Values.Where(accepted => accepted.Miner == miner).Select(accepted => accepted.Segment)));
}
