using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Simulation;

/// <summary>A node: the real machine in a shell whose disk, clock and network are the simulation's.</summary>
internal class SimNode
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan StatusInterval = TimeSpan.FromMilliseconds(700);

    private readonly SimDisk _disk;
    private readonly double _pace;
    private readonly Dictionary<Hash256, Wanted> _wanted = [];
    private int _life;
    private ConsensusState _state = ConsensusState.Start(null);

    public SimNode(World world, int index, ConsensusRules rules)
    {
        World = world;
        Index = index;
        var random = world.Clock.Random;
        _disk = new SimDisk(random, world.Faults);
        SkewMilliseconds = random.Next(-world.Scenario.SkewMilliseconds, world.Scenario.SkewMilliseconds + 1);
        _pace = 0.8 + (0.4 * random.NextDouble());
        Signer = world.Scenario.Keys.SignerOf(index);
        Machine = new ConsensusMachine(new ConsensusSettings(World.ChainId, Signer, world.Scenario.Keys.Signatures) { Timeouts = World.Timeouts, Rules = rules });
        Ledger = world.Ledger.Genesis;
        _disk.Keep(null, Ledger.Changes);
    }

    public int Index { get; }

    public Address Address => Signer.Address;

    public ulong Height => Ledger.Height;

    public ConsensusState State => _state;

    /// <summary>After the last final block.</summary>
    public LedgerState Ledger { get; private set; }

    public bool IsUp { get; private set; }

    protected World World { get; }

    protected ISigner Signer { get; }

    protected ConsensusMachine Machine { get; }

    protected long SkewMilliseconds { get; }

    public virtual void Start()
    {
        IsUp = true;
        _life++;
        _wanted.Clear();
        _state = ConsensusState.Start(World.Faulty.ForgetsRecord || _disk.Read() is not { } bytes ? null : ConsensusRecord.Decode(bytes));
        Ledger = World.Ledger.Open(_disk.Chain, _disk.Leaves);
        BeginHeight();
        Later(StatusInterval, TellStatus);
    }

    public void Crash()
    {
        if (IsUp)
        {
            World.Faults.Add("crash");
            IsUp = false;
            _life++;
            _disk.Crash();
            World.Clock.After(World.Clock.Random.Next(100, 8000), () =>
            {
                if (!IsUp)
                {
                    Start();
                }
            });
        }
    }

    public void Receive(int from, SimMessage message)
    {
        if (!IsUp)
        {
            return;
        }

        var peer = World.Scenario.Voters[from].Address;
        switch (message)
        {
            case SimMessage.Consensus { Message: ConsensusMessage.OfProposal proposal }:
                Feed(new ConsensusInput.ProposalReceived(peer, proposal.Proposal));
                break;
            case SimMessage.Consensus { Message: ConsensusMessage.OfVote vote }:
                Feed(new ConsensusInput.VoteReceived(peer, vote.Vote));
                break;
            case SimMessage.Consensus { Message: ConsensusMessage.OfFinal final }:
                Feed(new ConsensusInput.FinalReceived(peer, final.Final));
                break;
            case SimMessage.Status status:
                Feed(new ConsensusInput.StatusReceived(peer, status.Told));
                break;
            case SimMessage.AskBody ask when _disk.Bodies.TryGetValue(ask.Block, out var bytes):
                ServeBody(from, ask.Block, bytes);
                break;
            case SimMessage.Body body when _wanted.Remove(body.Block, out var wanted):
                if (ContentHash.Of(body.Bytes) == wanted.Header.BodyHash)
                {
                    wanted.Use(body.Bytes);
                }
                else
                {
                    _wanted.Add(body.Block, wanted);
                }

                break;
        }
    }

    protected virtual void ServeBody(int to, Hash256 block, byte[] bytes) => Send(to, new SimMessage.Body(block, bytes));

    protected virtual void Send(int to, SimMessage message) => World.Network.Send(Index, to, message);

    protected void SendAll(SimMessage message, int but = -1)
    {
        for (var peer = 0; peer < World.Scenario.Voters.Count; peer++)
        {
            if (peer != Index && peer != but)
            {
                Send(peer, message);
            }
        }
    }

    /// <summary>To all, as the machine wishes. A hostile node has wishes of its own.</summary>
    protected virtual void Broadcast(ConsensusMessage message)
    {
        World.Auditor.Sent(this, message);
        SendAll(new SimMessage.Consensus(message));
    }

    protected virtual (BlockHeader Header, byte[] Body) BuildBlock(uint round, CommitCertificate? certificate) =>
        World.Ledger.Build(Ledger, Address, round, ClockMilliseconds, certificate ?? (_disk.Chain.Count > 0 ? _disk.Chain[^1].Final.Certificate : null), World.Clock.Random);

    protected virtual void Report(Misbehaviour misbehaviour) => World.Ledger.Report(misbehaviour);

    protected ulong ClockMilliseconds => (ulong)(World.Epoch + World.Clock.Now + SkewMilliseconds);

    protected void Keep(Hash256 block, byte[] body) => _disk.Bodies[block] = body;

    protected void Feed(ConsensusInput input)
    {
        var life = _life;
        var decision = Machine.Decide(_state, input);
        _state = decision.State;
        foreach (var effect in decision.Effects)
        {
            if (World.Clock.Chance(World.Network.IsHealed ? 0 : World.Scenario.CrashBetweenEffects))
            {
                Crash();
            }

            if (_life != life)
            {
                return;
            }

            Do(effect);
        }
    }

    protected void Later(TimeSpan after, Action action)
    {
        var life = _life;
        World.Clock.After(after.TotalMilliseconds * _pace, () =>
        {
            if (_life == life)
            {
                action();
            }
        });
    }

    private void Do(ConsensusEffect effect)
    {
        switch (effect)
        {
            case ConsensusEffect.PersistThenSend send:
                PersistThenSend(send);
                break;
            case ConsensusEffect.SendAgain again:
                Broadcast(again.Message);
                break;
            case ConsensusEffect.Answer answer:
                foreach (var message in answer.Messages)
                {
                    Send(World.IndexOf(answer.To), new SimMessage.Consensus(message));
                }

                break;
            case ConsensusEffect.TellStatus tell:
                foreach (var peer in Enumerable.Range(0, 3).Select(_ => World.Clock.Random.Next(World.Scenario.Voters.Count)).Where(peer => peer != Index).Distinct())
                {
                    Send(peer, new SimMessage.Status(tell.Status));
                }

                break;
            case ConsensusEffect.Build build:
                Later(TimeSpan.FromMilliseconds(World.Clock.Random.Next(5, 50)), () => Build(build));
                break;
            case ConsensusEffect.Judge judge:
                Judge(judge);
                break;
            case ConsensusEffect.Schedule schedule:
                Later(schedule.After, () => Feed(new ConsensusInput.TimedOut(schedule.Timeout)));
                break;
            case ConsensusEffect.Finalize final:
                Finish(final.Block);
                break;
            case ConsensusEffect.Accuse accuse:
                World.Auditor.Accused(accuse.Misbehaviour);
                Report(accuse.Misbehaviour);
                break;
            case ConsensusEffect.HelpPeer help when help.Height <= (ulong)_disk.Chain.Count && help.Height > 0:
                Send(World.IndexOf(help.Peer), new SimMessage.Consensus(new ConsensusMessage.OfFinal(_disk.Chain[(int)help.Height - 1].Final)));
                break;
        }
    }

    private void PersistThenSend(ConsensusEffect.PersistThenSend send)
    {
        if (World.Faulty.SendsBeforeItWrites)
        {
            Broadcast(send.Message);
            _disk.Append(send.Record.Encode(), sync: false);
            return;
        }

        if (World.Clock.Chance(World.Network.IsHealed ? 0 : World.Scenario.CrashBetweenEffects))
        {
            _disk.Append(send.Record.Encode(), sync: false);
            Crash();
            return;
        }

        _disk.Append(send.Record.Encode(), sync: true);
        Broadcast(send.Message);
    }

    private void Build(ConsensusEffect.Build build)
    {
        if (build.Height == Height + 1)
        {
            var (header, body) = BuildBlock(build.Round, build.Parent);
            Keep(header.Hash, body);
            Feed(new ConsensusInput.BlockBuilt(build.Height, build.Round, header.Encode()));
        }
    }

    private void Judge(ConsensusEffect.Judge judge)
    {
        var header = BlockHeader.Decode(judge.HeaderBytes.Span);
        Fetch(judge.Block, header, body =>
        {
            if (judge.Height == Height + 1)
            {
                Keep(judge.Block, body);
                Later(TimeSpan.FromMilliseconds(World.Clock.Random.Next(1, 30)), () => Feed(new ConsensusInput.BlockJudged(judge.Height, judge.Block, VerdictOn(header, body))));
            }
        });
        Later(World.Timeouts.Propose * 0.7, () => Feed(new ConsensusInput.BlockJudged(judge.Height, judge.Block, new BlockVerdict.Unavailable())));
    }

    private BlockVerdict VerdictOn(BlockHeader header, byte[] body) =>
        header.Height != Height + 1 ? new BlockVerdict.Unavailable()
        : World.Ledger.Execute(Ledger, header, body).Refusal is { } refusal ? new BlockVerdict.Refused(refusal)
        : header.TimeMilliseconds > ClockMilliseconds + World.ToleranceMilliseconds ? new BlockVerdict.Untimely()
        : new BlockVerdict.Accepted();

    private void Finish(FinalBlock final)
    {
        World.Auditor.Decided(this, final.Certificate);
        var header = BlockHeader.Decode(final.HeaderBytes.Span);
        Fetch(final.Certificate.Block, header, body =>
        {
            if (final.Certificate.Height != Height + 1)
            {
                return;
            }

            Ledger = World.Ledger.Execute(Ledger, header, body).After ?? throw new AuditException($"node {Index} cannot execute the final block of height {header.Height}");
            Keep(final.Certificate.Block, body);
            _disk.Keep(new StoredBlock(final, body), Ledger.Changes);
            if (World.IsHonest(Address))
            {
                World.Auditor.Executed(this, final);
            }

            BeginHeight();
        });
    }

    private void BeginHeight()
    {
        var context = Ledger.Next();
        World.Begins(context);
        Feed(new ConsensusInput.HeightStarted(context));
        var next = Height + 1;
        Later(Interval, () => Feed(new ConsensusInput.BlockDue(next)));
    }

    private void TellStatus()
    {
        Feed(new ConsensusInput.StatusDue());
        Later(StatusInterval, TellStatus);
    }

    private void Fetch(Hash256 block, BlockHeader header, Action<byte[]> use)
    {
        if (_disk.Bodies.TryGetValue(block, out var known))
        {
            use(known);
            return;
        }

        if (!_wanted.TryGetValue(block, out var wanted))
        {
            wanted = new Wanted(header);
            _wanted.Add(block, wanted);
            AskBody(block);
        }

        wanted.Uses.Add(use);
    }

    private void AskBody(Hash256 block)
    {
        if (_wanted.TryGetValue(block, out var wanted) && wanted.Header.Height > Height)
        {
            Send(World.Clock.Random.Next(World.Scenario.Voters.Count), new SimMessage.AskBody(block));
            Send(World.Clock.Random.Next(World.Scenario.Voters.Count), new SimMessage.AskBody(block));
            Later(TimeSpan.FromMilliseconds(150), () => AskBody(block));
        }
    }

    private sealed record Wanted(BlockHeader Header)
    {
        public List<Action<byte[]>> Uses { get; } = [];

        public void Use(byte[] body) => Uses.ForEach(use => use(body));
    }
}
