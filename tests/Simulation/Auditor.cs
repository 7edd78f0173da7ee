using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Simulation;

/// <summary>Something happened that never may.</summary>
internal sealed class AuditException(string message) : Exception(message);

/// <summary>Sees everything and trusts nobody: each rule is checked against all that was ever sent, not against what a node knows.</summary>
internal sealed class Auditor(World world)
{
    private readonly Dictionary<ulong, Hash256> _final = [];
    private readonly Dictionary<ulong, Hash256> _roots = [];
    private readonly Dictionary<(Address, ulong, uint, int), Hash256> _signed = [];
    private readonly Dictionary<(ulong Height, uint Round, Hash256 Block), HashSet<Address>> _prevotes = [];
    private readonly Dictionary<(Address, ulong), RoundBlock> _locks = [];

    /// <summary>The highest final height anywhere.</summary>
    public ulong Highest { get; private set; }

    /// <summary>A node sends what it signed.</summary>
    public void Sent(SimNode node, ConsensusMessage message)
    {
        switch (message)
        {
            case ConsensusMessage.OfProposal { Proposal: var proposal }:
                SignedOnce(node, (node.Address, proposal.Height, proposal.Round, 0), Keccak.Hash(proposal.Encode()), "proposals");
                break;
            case ConsensusMessage.OfVote { Vote: var vote }:
                SignedOnce(node, (node.Address, vote.Height, vote.Round, (int)vote.Step), Keccak.Hash(vote.Encode()), "votes");
                Seen(vote);
                Obeys(node, vote);
                break;
        }
    }

    /// <summary>A vote exists, whoever signed it.</summary>
    public void Seen(Vote vote)
    {
        if (vote is { Step: VoteStep.Prevote, Block: { } block })
        {
            if (!_prevotes.TryGetValue((vote.Height, vote.Round, block), out var voters))
            {
                _prevotes.Add((vote.Height, vote.Round, block), voters = []);
            }

            voters.Add(vote.Voter);
        }
    }

    /// <summary>A node, honest or not, holds a certificate that makes a block final.</summary>
    public void Decided(SimNode node, CommitCertificate certificate)
    {
        var (height, block) = (certificate.Height, certificate.Block);
        _final.TryAdd(height, block);
        Demand(_final[height] == block, $"two final blocks at height {height}: {block} at node {node.Index}, {_final[height]} elsewhere");
    }

    /// <summary>An honest node has executed a final block.</summary>
    public void Executed(SimNode node, FinalBlock final)
    {
        var height = final.Certificate.Height;
        Highest = Math.Max(Highest, height);
        if (_roots.TryAdd(height, node.Ledger.Root))
        {
            foreach (var happened in node.Ledger.Events)
            {
                world.Faults.Add("ledger: " + happened);
            }
        }

        Demand(_roots[height] == node.Ledger.Root, $"two state roots at height {height}");
        Demand(node.Ledger.Root == BlockHeader.Decode(final.HeaderBytes.Span).StateRoot, $"the header of height {height} has another state root");
        var (expected, held) = node.Ledger.Supply;
        Demand(expected == held, $"at height {height} there are {held} coins instead of {expected}");
        Demand(!node.Ledger.Burnt.Any(world.IsHonest), $"an honest node was burnt by height {height}");
        Demand(
            world.Faulty.IsJudgedByForks || final.Certificate.Precommits.Aggregate(UInt128.Zero, (sum, precommit) => sum + world.PowerAt(height, precommit.Place)) * 3 > world.TotalAt(height) * 2,
            $"the certificate of height {height} has no more than two thirds");
    }

    public void Accused(Misbehaviour misbehaviour)
    {
        var accused = misbehaviour switch
        {
            Misbehaviour.TwoVotes votes => votes.First.Voter,
            Misbehaviour.TwoProposals proposals => proposals.First.Proposer,
            Misbehaviour.UnreadableProposal unreadable => unreadable.Proposal.Proposer,
            _ => throw new ArgumentOutOfRangeException(nameof(misbehaviour)),
        };
        Demand(!world.IsHonest(accused), $"honest {accused} is accused of {misbehaviour.GetType().Name}");
        world.Faults.Add("accusation: " + misbehaviour.GetType().Name);
    }

    public static void Demand(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new AuditException(otherwise);
        }
    }

    private void SignedOnce(SimNode node, (Address, ulong, uint, int) place, Hash256 bytes, string what)
    {
        Demand(!_signed.TryGetValue(place, out var before) || before == bytes, $"honest node {node.Index} signed two {what} at height {place.Item2}, round {place.Item3}");
        _signed[place] = bytes;
    }

    /// <summary>Whoever precommitted a block prevotes no other one unless more than two thirds prevoted that in the same or a later round.</summary>
    private void Obeys(SimNode node, Vote vote)
    {
        if (vote.Block is not { } block || world.Faulty.IsJudgedByForks)
        {
            return;
        }

        var key = (node.Address, vote.Height);
        if (vote.Step == VoteStep.Precommit)
        {
            Demand(HasPolka(vote.Height, vote.Round, block), $"honest node {node.Index} precommitted at height {vote.Height}, round {vote.Round}, without two thirds of prevotes");
            if (!_locks.TryGetValue(key, out var held) || held.Round < vote.Round)
            {
                _locks[key] = new RoundBlock(vote.Round, block);
            }
        }
        else if (_locks.TryGetValue(key, out var locked) && locked.Block != block && locked.Round < vote.Round)
        {
            var unlocked = Enumerable.Range((int)locked.Round, (int)(vote.Round - locked.Round)).Any(round => HasPolka(vote.Height, (uint)round, block));
            Demand(unlocked, $"honest node {node.Index}, locked in round {locked.Round} of height {vote.Height}, prevoted another block in round {vote.Round}");
        }
    }

    private bool HasPolka(ulong height, uint round, Hash256 block) =>
        _prevotes.TryGetValue((height, round, block), out var voters) && 3 * voters.Aggregate(UInt128.Zero, (sum, voter) => sum + world.PowerAt(height, voter)) > 2 * world.TotalAt(height);
}
