using System.Collections.Immutable;
using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Chain.Transactions;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.VerifierPool;

/// <summary>Takes part in deciding blocks, or, without a signer, follows how others decide them. Shell of <see cref="ConsensusMachine"/>: what it signs is durable before
/// it is sent; blocks are made, judged and kept by the ledger actor.</summary>
public sealed class VerifierPoolActor : ReceiveActor, IWithTimers
{
    private static readonly ImmutableArray<Type> s_heeded = [typeof(Wire.BlockProposal), typeof(Wire.BlockVotes), typeof(Wire.BlockFinal), typeof(Wire.VerifierStatus)];

    private readonly VerifierPoolSetting _setting;
    private readonly ConsensusMachine _machine;
    private readonly VoteGossip _gossip;
    private ConsensusState _consensus;
    private VerifierPoolState _state;

    public VerifierPoolActor(VerifierPoolSetting setting)
    {
        _setting = setting;
        _machine = new ConsensusMachine(setting.Consensus with { Timeouts = setting.Options.Timeouts });
        _gossip = new VoteGossip(setting.Mesh, setting.Options, setting.Time, setting.Random);
        _consensus = ConsensusState.Start(setting.Record?.Last);
        _state = new VerifierPoolState(setting.Options);

        Receive<VerifierPoolProtocol.HeightReady>(OnHeightReady);
        Receive<VerifierPoolProtocol.WorkArrived>(arrived =>
        {
            _state = _state.With(arrived.Work);
            PlanBlock();
        });
        Receive<VerifierPoolProtocol.Built>(built => Feed(new ConsensusInput.BlockBuilt(built.Height, built.Round, built.HeaderBytes)));
        Receive<VerifierPoolProtocol.Judged>(judged => Feed(new ConsensusInput.BlockJudged(judged.Height, judged.Block, judged.Verdict)));
        Receive<VerifierPoolProtocol.BadBlock>(OnBadBlock);
        Receive<VerifierPoolProtocol.GetStatus>(_ => Sender.Tell(Status()));
        Receive<MeshProtocol.Received>(OnReceived);
        Receive<MeshProtocol.PeerUp>(up => _gossip.Up(up.Peer));
        Receive<MeshProtocol.PeerDown>(down => _gossip.Down(down.Address));
        Receive<MeshProtocol.Undeliverable>(_ => { });
        Receive<TimeIsUp>(up => Feed(new ConsensusInput.TimedOut(up.Timeout)));
        Receive<BlockDue>(due => Feed(new ConsensusInput.BlockDue(due.Height)));
        Receive<StatusDue>(_ => OnStatusDue());
        Receive<VotesDue>(_ => _gossip.Flush());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Now => _setting.Time.GetElapsedTime(0);

    private Address? Own => _setting.Consensus.Signer?.Address;

    protected override void PreStart()
    {
        _setting.Mesh.Tell(new MeshProtocol.Subscribe(Self, s_heeded));
        _setting.Ledger.Tell(LedgerProtocol.Follow.Instance);
        Timers.StartPeriodicTimer(nameof(StatusDue), StatusDue.Instance, _setting.Options.StatusInterval);
    }

    private void OnHeightReady(VerifierPoolProtocol.HeightReady ready)
    {
        if (ready.Context.Height <= _consensus.Height)
        {
            // the ledger lost its thread while it dealt with what was decided
            if (_consensus.Decided is { } decided && ready.Context.Height == _consensus.Height)
            {
                _setting.Ledger.Tell(new LedgerProtocol.Conclude(decided));
            }

            return;
        }

        if (_state.IsStopped)
        {
            _setting.Note($"the chain goes on at height {ready.Context.Height}");
        }

        _state = _state.BeginHeight(ready.Work, ready.Context.Voters, Now);
        Feed(new ConsensusInput.HeightStarted(ready.Context));
        PlanBlock();
    }

    private void OnReceived(MeshProtocol.Received received)
    {
        var from = received.From;
        if (!_gossip.IsHeeded(from))
        {
            return;
        }

        _state = _state.Hear(from, _consensus.Context?.Voters, Now);
        try
        {
            switch (received.Message)
            {
                case Wire.BlockProposal proposal:
                    Feed(new ConsensusInput.ProposalReceived(from, Proposal.Decode(proposal.Proposal.Span)));
                    break;
                case Wire.BlockVotes votes when votes.Votes.Count <= VoteGossip.MaxVotes:
                    foreach (var vote in votes.Votes)
                    {
                        Feed(new ConsensusInput.VoteReceived(from, Vote.Decode(vote.Span)));
                    }

                    break;
                case Wire.BlockFinal final:
                    Feed(new ConsensusInput.FinalReceived(from, FinalBlock.Decode(final.Final.Span)));
                    break;
                case Wire.VerifierStatus status:
                    Feed(new ConsensusInput.StatusReceived(from, ConsensusStatus.Decode(status.Status.Span)));
                    break;
                default:
                    _gossip.Mute(from);
                    break;
            }
        }
        catch (RlpException)
        {
            _gossip.Mute(from);
        }
    }

    private void OnBadBlock(VerifierPoolProtocol.BadBlock bad)
    {
        var proposal = _consensus.Rounds.Values.SelectMany(round => round.Proposals).FirstOrDefault(proposal => proposal.Block == bad.Block);
        if (proposal is not null)
        {
            _setting.Ledger.Tell(new LedgerProtocol.Accuse(
                bad.Transaction is { } wrong ? new Evidence.OfBadTransaction(proposal, wrong.Encoded, wrong.Path) : new Evidence.OfBadHeader(proposal)));
        }
    }

    private void Feed(ConsensusInput input)
    {
        var decision = _machine.Decide(_consensus, input);
        _consensus = decision.State;
        foreach (var effect in decision.Effects)
        {
            Do(effect);
        }

        if (_consensus.Phase != ConsensusPhase.Waiting && !_state.IsBegun)
        {
            _state = _state.Begin(Now);
        }
    }

    private void Do(ConsensusEffect effect)
    {
        switch (effect)
        {
            case ConsensusEffect.PersistThenSend send:
                _setting.Record!.Write(send.Record);
                _gossip.Say(send.Message);
                break;
            case ConsensusEffect.SendAgain again:
                _gossip.Say(again.Message);
                break;
            case ConsensusEffect.PassOn pass:
                if (_gossip.PassOn(pass.From, pass.Message))
                {
                    Timers.StartSingleTimer(nameof(VotesDue), VotesDue.Instance, _setting.Options.GossipInterval);
                }

                break;
            case ConsensusEffect.Answer answer:
                _gossip.Answer(answer.To, answer.Messages);
                break;
            case ConsensusEffect.TellStatus tell:
                _gossip.Tell(tell.Status);
                break;
            case ConsensusEffect.Schedule schedule:
                Timers.StartSingleTimer(schedule.Timeout, new TimeIsUp(schedule.Timeout), schedule.After);
                break;
            case ConsensusEffect.Refuse { Reason: var reason, From: var from } when reason.IsHostile():
                _gossip.Mute(from);
                break;
            case ConsensusEffect.Build build:
                _setting.Ledger.Tell(new LedgerProtocol.Build(build.Height, build.Round, build.Parent));
                break;
            case ConsensusEffect.Judge judge:
                _setting.Ledger.Tell(new LedgerProtocol.Judge(judge.Height, judge.Block, judge.HeaderBytes, _setting.Options.Timeouts.Of(ConsensusPhase.Propose, _consensus.Round) * 0.7));
                break;
            case ConsensusEffect.Finalize final:
                _setting.Ledger.Tell(new LedgerProtocol.Conclude(final.Block));
                break;
            case ConsensusEffect.Accuse accuse:
                _setting.Ledger.Tell(new LedgerProtocol.Accuse(accuse.Misbehaviour switch
                {
                    Misbehaviour.TwoVotes votes => new Evidence.OfTwoVotes(votes.First, votes.Second),
                    Misbehaviour.TwoProposals proposals => new Evidence.OfTwoProposals(proposals.First, proposals.Second),
                    Misbehaviour.UnreadableProposal bad => new Evidence.OfBadHeader(bad.Proposal),
                    _ => throw new InvalidOperationException("Misbehaviour without evidence."),
                }));
                break;
            case ConsensusEffect.HelpPeer help:
                _setting.Ledger.Tell(new LedgerProtocol.HelpPeer(help.Peer, help.Height));
                break;
            case ConsensusEffect.CatchUp behind:
                _setting.Ledger.Tell(new LedgerProtocol.CatchUp(behind.Peer, behind.From));
                break;
        }
    }

    private void PlanBlock()
    {
        if (_state.Due is { } due)
        {
            Timers.StartSingleTimer(nameof(BlockDue), new BlockDue(_consensus.Height), due > Now ? due - Now : TimeSpan.Zero);
        }
    }

    private void OnStatusDue()
    {
        Feed(new ConsensusInput.StatusDue());
        if (_state.HasJustStopped(Now) && _consensus.Context is not null)
        {
            _state = _state.Stop();
            var status = Status();
            _setting.Note(
                $"the chain has stopped at height {status.Height}: {status.VotersHeard} of {status.Voters} verifiers with {status.PowerHeardPercent} % of the stake are heard, "
                + "and more than two thirds of it are needed; it goes on when they return");
        }
    }

    private VerifierPoolProtocol.Status Status()
    {
        var voters = _consensus.Context?.Voters;
        var present = voters is null ? [] : _state.Present(voters, Own, Now).ToList();
        var power = present.Aggregate(UInt128.Zero, (sum, voter) => sum + voter.Clout.Nano);
        return new VerifierPoolProtocol.Status(
            _consensus.Height,
            _consensus.Round,
            _consensus.Phase,
            Own is { } own && voters?.PlaceOf(own) >= 0,
            _state.IsStopped,
            voters?.Voters.Length ?? 0,
            present.Count,
            voters is null ? 0 : (int)(power * 100 / voters.Total),
            _consensus.Context?.Proposers.Of(_consensus.Round));
    }

    private sealed record TimeIsUp(ConsensusTimeout Timeout);

    private sealed record BlockDue(ulong Height);

    private sealed record StatusDue
    {
        public static StatusDue Instance { get; } = new();
    }

    private sealed record VotesDue
    {
        public static VotesDue Instance { get; } = new();
    }
}

/// <summary>What a verifier pool is made of.</summary>
/// <param name="Consensus">The chain, the signer if this node is a verifier, how signatures are checked.</param>
/// <param name="Record">What was signed last; there when there is a signer.</param>
/// <param name="Random">For the choice of neighbours; used by this actor alone.</param>
/// <param name="Note">Gets a line for people when the chain stops and when it goes on.</param>
public sealed record VerifierPoolSetting(
    VerifierPoolOptions Options, ConsensusSettings Consensus, SigningRecordFile? Record, IActorRef Ledger, IActorRef Mesh, TimeProvider Time, Random Random, Action<string> Note);
