using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Simulation;

/// <summary>What hostile nodes share: the two blocks they show to the two camps, and old messages worth saying again.</summary>
internal sealed class Conspiracy
{
    private const int Kept = 200;

    private readonly List<SimMessage> _overheard = [];

    public Dictionary<(ulong Height, uint Round), (Hash256 First, Hash256 Second)> Pairs { get; } = [];

    public void Overhear(SimMessage message, Random random)
    {
        if (_overheard.Count < Kept)
        {
            _overheard.Add(message);
        }
        else
        {
            _overheard[random.Next(Kept)] = message;
        }
    }

    public SimMessage? Any(Random random) => _overheard.Count == 0 ? null : _overheard[random.Next(_overheard.Count)];
}

/// <summary>The rules of those who have none: no lock, and every claim is believed.</summary>
internal sealed class RecklessRules : ConsensusRules
{
    public override bool IsPolka(VoterSet voters, VoteTally prevotes, Hash256 block) => true;

    public override bool AllowsNew(RoundBlock? locked, Hash256 block) => true;

    public override bool AllowsAgain(RoundBlock? locked, Hash256 block, uint validRound) => true;
}

/// <summary>A node with a key and without scruples: it runs the machine to know where the others are, and says what it likes.</summary>
internal sealed class HostileNode(World world, int index) : SimNode(world, index, new RecklessRules())
{
    private enum Mood
    {
        Correct,
        Silent,
        TwoFaced,
        OneSided,
        Fickle,
        Besieging,
    }

    private Random Random => World.Clock.Random;

    // A plan for a height, on every other height the same for all of them; with the network on their side, rather one that makes use of it.
    private Mood Plan => World.Scenario.Mix(Height, Height % 2 == 0 ? 0UL : (ulong)Index + 1) switch
    {
        var mixed when World.Scenario.IsCruel && mixed % 8 < 5 => Mood.Besieging,
        var mixed => (Mood)(mixed % 5),
    };

    public override void Start()
    {
        base.Start();
        Later(TimeSpan.FromMilliseconds(400), Annoy);
    }

    protected override void Send(int to, SimMessage message)
    {
        if (message is SimMessage.Consensus { Message: ConsensusMessage.OfVote { Vote: var vote } } && vote.IsSignedFor(World.ChainId, World.Scenario.Keys.Signatures))
        {
            World.Auditor.Seen(vote);
        }

        base.Send(to, message);
    }

    protected override void ServeBody(int to, Hash256 block, byte[] bytes)
    {
        if (Plan is Mood.Silent || (Plan is Mood.OneSided && !IsFirstCamp(to)))
        {
            World.Faults.Add("hostile: body withheld");
        }
        else
        {
            base.ServeBody(to, block, bytes);
        }
    }

    protected override (BlockHeader Header, byte[] Body) BuildBlock(uint round, CommitCertificate? certificate)
    {
        var (header, body) = base.BuildBlock(round, certificate);
        var wrong = Random.Next(16) switch
        {
            0 => header with { StateRoot = Keccak.Hash("wrong"u8) },
            1 => header with { ParentHash = Keccak.Hash("wrong"u8) },
            2 => header with { TimeMilliseconds = header.TimeMilliseconds + 60_000 },
            3 => header with { Author = World.Scenario.Voters[0].Address },
            4 => header with { Round = round + 1 },
            _ => header,
        };
        if (wrong != header)
        {
            World.Faults.Add("hostile: invalid block");
        }

        return (wrong, body);
    }

    protected override void Report(Misbehaviour misbehaviour)
    {
        // no crow pecks out another's eye
    }

    protected override void Broadcast(ConsensusMessage message)
    {
        World.Conspiracy.Overhear(new SimMessage.Consensus(message), Random);
        switch (message)
        {
            case ConsensusMessage.OfProposal proposal:
                Propose(proposal.Proposal);
                break;
            case ConsensusMessage.OfVote vote:
                Cast(vote.Vote);
                break;
        }
    }

    private void Propose(Proposal proposal)
    {
        switch (Plan)
        {
            case Mood.Silent:
                World.Faults.Add("hostile: proposal withheld");
                break;
            case Mood.TwoFaced:
                World.Faults.Add("hostile: two proposals");
                var second = Sign(proposal.Round, null, NewBlock(proposal.Round));
                World.Conspiracy.Pairs.TryAdd((proposal.Height, proposal.Round), (proposal.Block, second.Block));
                SendCamps(new ConsensusMessage.OfProposal(proposal), new ConsensusMessage.OfProposal(second));
                break;
            case Mood.OneSided:
                World.Faults.Add("hostile: proposal to some");
                SendCamps(new ConsensusMessage.OfProposal(proposal), null);
                break;
            default:
                SendAll(new SimMessage.Consensus(new ConsensusMessage.OfProposal(Trick(proposal) ?? proposal)));
                break;
        }
    }

    /// <summary>Instead of what is right to propose: an old block as if it were valid, a new one although there is a valid one, or no block at all.</summary>
    private Proposal? Trick(Proposal proposal)
    {
        switch (Random.Next(8))
        {
            case 0:
                World.Faults.Add("hostile: unreadable proposal");
                return Sign(proposal.Round, null, new byte[] { 1, 2, 3 });
            case 1 or 2 or 3 when proposal.ValidRound is not null && Random.Next(2) == 0:
                World.Faults.Add("hostile: new block in place of the valid one");
                return Sign(proposal.Round, null, NewBlock(proposal.Round));
            case 1 or 2 or 3 or 4 or 5 when proposal.Round > 0 && OldBlock(proposal.ValidRound is null ? null : proposal.Block) is { } old:
                World.Faults.Add("hostile: old block proposed as valid");
                return Sign(proposal.Round, Random.Next(2) == 0 ? proposal.Round - 1 : (uint)Random.Next((int)proposal.Round), old.HeaderBytes);
            default:
                return null;
        }
    }

    private byte[] NewBlock(uint round)
    {
        var (header, body) = base.BuildBlock(round, null);
        Keep(header.Hash, body);
        return header.Encode();
    }

    /// <summary>A block of an earlier round, rather another one than the valid one.</summary>
    private CandidateBlock? OldBlock(Hash256? valid) => State.Rounds.Where(round => round.Key < State.Round).SelectMany(round => round.Value.Proposals)
        .Where(proposal => proposal.Block != valid).OrderBy(_ => Random.Next()).Select(proposal => State.Blocks[proposal.Block]).FirstOrDefault();

    private void Cast(Vote vote)
    {
        switch (Plan)
        {
            case Mood.Silent:
                World.Faults.Add("hostile: vote withheld");
                break;
            case Mood.TwoFaced:
                World.Faults.Add("hostile: two votes");
                var (first, second) = World.Conspiracy.Pairs.TryGetValue((vote.Height, vote.Round), out var pair)
                    ? ((Hash256?)pair.First, (Hash256?)pair.Second)
                    : (vote.Block, Other(vote));
                SendCamps(new ConsensusMessage.OfVote(Sign(vote, first)), new ConsensusMessage.OfVote(Sign(vote, second)));
                break;
            case Mood.OneSided:
                World.Faults.Add("hostile: vote to some");
                SendCamps(new ConsensusMessage.OfVote(vote), null);
                break;
            case Mood.Besieging when vote.Step == VoteStep.Precommit && vote.Block is not null && Victim(vote) is >= 0 and var victim:
                World.Faults.Add("hostile: precommit for one node alone");
                SendAll(Say(Sign(vote, null)), but: victim);
                Send(victim, Say(vote));
                break;
            case Mood.Fickle:
                World.Faults.Add("hostile: vote for anything");
                SendAll(new SimMessage.Consensus(new ConsensusMessage.OfVote(Sign(vote, Random.Next(2) == 0 ? vote.Block : Other(vote)))));
                break;
            default:
                SendAll(new SimMessage.Consensus(new ConsensusMessage.OfVote(vote)));
                break;
        }
    }

    /// <summary>Now and then something that no honest node would say, unasked.</summary>
    private void Annoy()
    {
        Later(TimeSpan.FromMilliseconds(400), Annoy);
        var to = Random.Next(World.Scenario.Voters.Count);
        var victim = World.Scenario.Voters[Random.Next(World.Scenario.Voters.Count)].Address;
        var height = Height + 1;
        switch (Random.Next(8))
        {
            case 0 when World.Conspiracy.Any(Random) is { } old:
                World.Faults.Add("hostile: replay");
                Send(to, old);
                break;
            case 1:
                World.Faults.Add("hostile: forged vote");
                SendAll(Say(new Vote(height, State.Round, VoteStep.Precommit, Other(null), victim, CheapSignatures.Forged(Random.Next(1 << 20)))));
                break;
            case 2:
                World.Faults.Add("hostile: vote far ahead");
                SendAll(Say(Sign(new Vote(height, State.Round + (uint)Random.Next(2, 100_000), VoteStep.Prevote, null, Address, default), null)));
                break;
            case 3:
                World.Faults.Add("hostile: false status");
                Send(to, new SimMessage.Status(new ConsensusStatus(height + (ulong)Random.Next(3) - 1, State.Round, [])));
                break;
            case 4 when Other(null) is { } hash:
                World.Faults.Add("hostile: false certificate");
                var alone = CommitCertificate.Of(height, State.Round, hash, [Sign(new Vote(height, State.Round, VoteStep.Precommit, hash, Address, default), hash)], State.Context!.Voters);
                Send(to, new SimMessage.Consensus(new ConsensusMessage.OfFinal(new FinalBlock(State.Blocks[hash].HeaderBytes, alone))));
                break;
            case 5:
                World.Faults.Add("hostile: false body");
                Send(to, new SimMessage.Body(Other(null) ?? default, [1, 2, 3]));
                break;
            case 6:
                // precommits of the current round for whatever there is, one block to each camp
                World.Faults.Add("hostile: unfounded precommits");
                var vote = new Vote(height, State.Round, VoteStep.Precommit, null, Address, default);
                SendCamps(new ConsensusMessage.OfVote(Sign(vote, Other(null))), new ConsensusMessage.OfVote(Sign(vote, Other(vote))));
                break;
        }
    }

    private static SimMessage.Consensus Say(Vote vote) => new(new ConsensusMessage.OfVote(vote));

    /// <summary>Some other block of the height than the vote's, or none.</summary>
    private Hash256? Other(Vote? vote) => State.Rounds.Values.SelectMany(round => round.Proposals).Select(proposal => (Hash256?)proposal.Block)
        .Where(block => block != vote?.Block).OrderBy(_ => Random.Next()).FirstOrDefault();

    /// <summary>The one honest node that shall take the block for final: none where a hostile node proposed.</summary>
    private int Victim(Vote vote)
    {
        var nodes = Enumerable.Range(0, World.Scenario.Voters.Count).Where(index => !World.Scenario.Hostile.Contains(index)).ToList();
        return World.Scenario.Hostile.Contains(World.IndexOf(State.Context!.Proposers.Of(vote.Round))) ? -1 : nodes[(int)(World.Scenario.Mix(vote.Height, 7) % (ulong)nodes.Count)];
    }

    private Vote Sign(Vote vote, Hash256? block)
    {
        var signature = Signer.Sign(Vote.SigningHash(World.ChainId, vote.Height, vote.Round, vote.Step, block));
        return vote with { Block = block, Voter = Address, Signature = signature };
    }

    private Proposal Sign(uint round, uint? validRound, ReadOnlyMemory<byte> header)
    {
        var height = Height + 1;
        return new Proposal(
            height, round, validRound, header, Address, Signer.Sign(Proposal.SigningHash(World.ChainId, height, round, validRound, Keccak.Hash(header.Span))));
    }

    private void SendCamps(ConsensusMessage first, ConsensusMessage? second)
    {
        for (var peer = 0; peer < World.Scenario.Voters.Count; peer++)
        {
            if (peer != Index && (World.Scenario.Hostile.Contains(peer) || IsFirstCamp(peer)))
            {
                Send(peer, new SimMessage.Consensus(first));
            }
            else if (peer != Index && second is not null)
            {
                Send(peer, new SimMessage.Consensus(second));
            }
        }
    }

    /// <summary>The honest, divided in two: the same way for all hostile nodes, another way at each height.</summary>
    private bool IsFirstCamp(int peer) => World.Scenario.Mix(Height + 1000, (ulong)peer) % 2 == 0;
}
