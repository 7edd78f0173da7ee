using System.Collections.Immutable;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Primitives;

namespace VideoMesh.Chain.Tests.Consensus;

/// <summary>Four voters of equal clout, seen by one of them: the stories say what it hears, and look at what it does.</summary>
internal sealed class FourVoters
{
    public const string ChainId = "four";
    public const ulong Height = 7;

    public static readonly Hash256 Parent = Keccak.Hash("parent"u8);

    private readonly ConsensusMachine _machine;

    /// <param name="self">Which of the four it is; null: it only follows.</param>
    public FourVoters(int? self = 0, ConsensusRecord? record = null)
    {
        Self = self;
        _machine = new ConsensusMachine(new ConsensusSettings(ChainId, self is { } index ? new KeySigner(Keys[index]) : null, KeySignatures.Instance));
        State = ConsensusState.Start(record);
        Feed(new ConsensusInput.HeightStarted(Context()));
    }

    public static ImmutableArray<PrivateKey> Keys { get; } = [.. Enumerable.Range(1, 4).Select(number => A.Key((uint)number))];

    public static VoterSet Voters { get; } = new(Keys.Select(key => new Voter(key.Address, Amount.FromVid(1000))));

    /// <summary>Who proposes in which round of the height.</summary>
    public static ProposerOrder Order => new(Keccak.Hash("seed"u8), Height, Voters, Voters, _ => false);

    public int? Self { get; }

    public ConsensusState State { get; private set; }

    /// <summary>What the last input led to.</summary>
    public ImmutableArray<ConsensusEffect> Effects { get; private set; }

    /// <summary>All the votes it signed so far, in order.</summary>
    public List<Vote> Votes { get; } = [];

    /// <summary>All the proposals it signed so far, in order.</summary>
    public List<Proposal> Proposals { get; } = [];

    public List<ConsensusRecord> Records { get; } = [];

    public ConsensusRefusal? Refusal => Effects.OfType<ConsensusEffect.Refuse>().SingleOrDefault()?.Reason;

    public Misbehaviour? Accusation => Effects.OfType<ConsensusEffect.Accuse>().SingleOrDefault()?.Misbehaviour;

    public FinalBlock? Final => Effects.OfType<ConsensusEffect.Finalize>().SingleOrDefault()?.Block;

    public IEnumerable<ConsensusTimeout> Timers => Effects.OfType<ConsensusEffect.Schedule>().Select(effect => effect.Timeout);

    /// <summary>One that is in round 0 and not the proposer of rounds 0 to 2.</summary>
    public static FourVoters Begun() => new FourVoters(IndexOfProposer(3)).BlockDue();

    public static HeightContext Context(ulong height = Height) => new(height, Parent, Voters, new ProposerOrder(Keccak.Hash("seed"u8), height, Voters, Voters, _ => false));

    public static int IndexOfProposer(uint round) => Keys.ToList().FindIndex(key => key.Address == Order.Of(round));

    public static BlockHeader Header(uint round, string name = "block") => new()
    {
        ChainId = ChainId,
        Height = Height,
        Round = round,
        ParentHash = Parent,
        TimeMilliseconds = 1,
        Author = Order.Of(round),
        TransactionsRoot = Keccak.Hash(System.Text.Encoding.UTF8.GetBytes(name)),
        BodyHash = ContentHash.Of([]),
        BodyBytes = 0,
        StateRoot = default,
        VotersHash = Voters.Hash,
        NextVotersHash = Voters.Hash,
        Reveal = default,
        Seed = default,
    };

    public static Proposal Proposal(uint round, BlockHeader header, uint? validRound = null) => ProposalOf(round, header.Encode(), validRound);

    public static Proposal ProposalOf(uint round, byte[] header, uint? validRound = null) =>
        Chain.Consensus.Proposal.Sign(ChainId, Height, round, validRound, header, Keys[IndexOfProposer(round)]);

    public static Vote Vote(int voter, uint round, VoteStep step, Hash256? block, ulong height = Height) => Chain.Consensus.Vote.Sign(ChainId, height, round, step, block, Keys[voter]);

    /// <summary>The other three, in order.</summary>
    public IEnumerable<int> Others => Enumerable.Range(0, 4).Where(index => index != Self);

    public FourVoters BlockDue() => Feed(new ConsensusInput.BlockDue(Height));

    public FourVoters Hears(Proposal proposal) => Feed(new ConsensusInput.ProposalReceived(proposal.Proposer, proposal));

    public FourVoters Hears(Vote vote) => Feed(new ConsensusInput.VoteReceived(vote.Voter, vote));

    /// <summary>So many of the others vote.</summary>
    public FourVoters Hears(int others, uint round, VoteStep step, Hash256? block)
    {
        foreach (var voter in Others.Take(others))
        {
            Hears(Vote(voter, round, step, block));
        }

        return this;
    }

    public FourVoters Judges(Hash256 block, BlockVerdict verdict) => Feed(new ConsensusInput.BlockJudged(Height, block, verdict));

    public FourVoters Accepts(Hash256 block) => Judges(block, new BlockVerdict.Accepted());

    public FourVoters TimesOut(uint round, ConsensusPhase phase) => Feed(new ConsensusInput.TimedOut(new ConsensusTimeout(Height, round, phase)));

    public FourVoters Feed(ConsensusInput input)
    {
        var decision = _machine.Decide(State, input);
        State = decision.State;
        Effects = decision.Effects;
        foreach (var send in Effects.OfType<ConsensusEffect.PersistThenSend>())
        {
            Records.Add(send.Record);
            switch (send.Message)
            {
                case ConsensusMessage.OfVote vote:
                    Votes.Add(vote.Vote);
                    break;
                case ConsensusMessage.OfProposal proposal:
                    Proposals.Add(proposal.Proposal);
                    break;
            }
        }

        return this;
    }

    /// <summary>The same node after a crash: nothing is left but the last record, read back from its bytes.</summary>
    public FourVoters Restarted() => new(Self, Records.Count == 0 ? null : ConsensusRecord.Decode(Records[^1].Encode()));
}
