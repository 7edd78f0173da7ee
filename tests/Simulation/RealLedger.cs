using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Simulation;

/// <summary>The ledger of the chain itself: blocks made by <see cref="BlockBuilder"/>, judged by <see cref="BlockRules"/>, opened again from leaves.</summary>
internal sealed class RealLedger : SimLedger
{
    private readonly ChainParameters _parameters;
    private readonly Traffic _traffic;
    private readonly State _genesis;
    private readonly LedgerMistake? _mistake;
    private readonly Accusations _accusations = new();

    // By header without state root: the root of a ledger without mistakes, where the nodes' ledger has one.
    private readonly Dictionary<Hash256, Hash256> _soundRoots = [];

    public RealLedger(string chainId, Scenario scenario, LedgerPlan plan, LedgerMistake? mistake)
    {
        _mistake = mistake;
        _parameters = new ChainParameters
        {
            ChainId = chainId,
            ConfirmationWindow = plan.Window,
            Barrier = Amount.FromVid(500),
            Unbonding = plan.Unbonding,
            MissedPrecommitsUntilJail = plan.JailAfter,
        };
        _traffic = new Traffic(_parameters, scenario, plan);
        var genesis = new Genesis(_parameters, (ulong)World.Epoch - 60_000, Keccak.Hash(BitConverter.GetBytes(scenario.Seed)), _traffic.Genesis());
        var state = genesis.State();
        _genesis = new State(this, state, [.. state.Tree.Leaves()], []);
    }

    public override LedgerState Genesis => _genesis;

    public override LedgerState Open(IReadOnlyList<StoredBlock> blocks, IEnumerable<StateChange> leaves)
    {
        if (blocks.Count == 0)
        {
            return Genesis;
        }

        var state = ChainState.Open(_parameters, BlockHeader.Decode(blocks[^1].Final.HeaderBytes.Span), leaves)
            ?? throw new AuditException($"the leaves on a disk do not give the state root of height {blocks.Count}");
        return new State(this, _mistake?.Reopen(state) ?? state, [], []);
    }

    public override (BlockHeader Header, byte[] Body) Build(LedgerState parent, Address author, uint round, ulong time, CommitCertificate? certificate, Random random)
    {
        var state = ((State)parent).Chain;
        var candidates = _traffic.Candidates(state, author, _accusations.Against(state), random);
        var built = BlockBuilder.Build(state, author, round, time, _traffic.RevealOf(state, author), certificate, _mistake?.Seen(candidates) ?? candidates);
        if (_mistake is null)
        {
            return (built.Header, built.Body);
        }

        var header = built.Header with { StateRoot = built.Result.State.Tree.With(Mistaken(state, built.Result, author)).Root };
        _soundRoots[WithoutRoot(header)] = built.Header.StateRoot;
        return (header, built.Body);
    }

    public override (LedgerState? After, string? Refusal) Execute(LedgerState parent, BlockHeader header, byte[] body)
    {
        var before = ((State)parent).Chain;
        var sound = _soundRoots.TryGetValue(WithoutRoot(header), out var root) ? header with { StateRoot = root } : header;
        switch (BlockRules.Apply(before, sound, body, _traffic.Known))
        {
            case BlockOutcome.Accepted { Result: var result }:
                var mistaken = Mistaken(before, result, header.Author);
                var after = result.State with { Tree = result.State.Tree.With(mistaken), Block = header.Hash };
                return after.Root == header.StateRoot
                    ? (new State(this, after, [.. result.Changes.ExceptBy(mistaken.Select(change => change.Key), change => change.Key), .. mistaken], [.. EventsOf(before, result)]), null)
                    : (null, nameof(BlockRefusal.WrongStateRoot));
            case BlockOutcome.Refused refused:
                return (null, refused.Reason.ToString());
            default:
                throw new InvalidOperationException("A block was neither accepted nor refused.");
        }
    }

    public override void Report(Misbehaviour misbehaviour) => _accusations.Add(misbehaviour);

    public override string? Unpunished(LedgerState state) => _accusations.Against(((State)state).Chain) is [var first, ..] ? $"{first.Accused} for {first.GetType().Name} at height {first.Height}" : null;

    private static Hash256 WithoutRoot(BlockHeader header) => (header with { StateRoot = default }).Hash;

    private StateChange[] Mistaken(ChainState before, BlockResult result, Address author) =>
        [.. (_mistake?.Alter(before, result, author) ?? []).Select(account => new StateChange(Account.KeyOf(account.Address), account.Encode()))];

    private static IEnumerable<string> EventsOf(ChainState before, BlockResult result)
    {
        foreach (var draft in result.Transactions.Select(transaction => transaction.Draft))
        {
            yield return draft.Type switch
            {
                TransactionType.Stake when StakeOperation.TryDecode(draft.Parameters.Span, out var operation) => "stake " + operation.GetType().Name,
                TransactionType.Evidence when Evidence.TryDecode(draft.Parameters, out var evidence) => "evidence " + evidence.GetType().Name,
                var type => type.ToString(),
            };
        }

        var (old, now) = (before.VotersOf(before.Height + 1), result.State.VotersOf(before.Height + 2));
        foreach (var _ in now.Voters.Where(voter => old.PlaceOf(voter.Address) < 0))
        {
            yield return "a voter came";
        }

        foreach (var _ in old.Voters.Where(voter => now.PlaceOf(voter.Address) < 0))
        {
            yield return "a voter went";
        }

        foreach (var (was, account) in result.Touched.Select(address => (before.Find(address).Bond, result.State.Find(address).Bond)))
        {
            if (was is not null && account!.Jail == Jail.Jailed && was.Jail == Jail.Free)
            {
                yield return "a verifier was jailed";
            }

            if (was is not null && was.Withdrawals.Any(withdrawal => withdrawal.MaturesAt <= result.State.TimeMilliseconds))
            {
                yield return "a withdrawal was paid out";
            }
        }
    }

    private sealed record State(RealLedger Ledger, ChainState Chain, IReadOnlyList<StateChange> Written, IReadOnlyList<string> Happened)
        : LedgerState(Chain.Height, Chain.Block, Chain.TimeMilliseconds)
    {
        public override Hash256 Root => Chain.Root;

        public override (UInt128 Expected, UInt128 Held) Supply =>
            (Ledger._genesis.Chain.CountCoins() + UInt128.Min(Chain.Totals.Issued.Nano, (UInt128)Chain.Parameters.BlockReward.Nano * Height) - Chain.Totals.Burnt.Nano, Chain.CountCoins());

        public override IEnumerable<Address> Burnt =>
            Ledger._traffic.Nodes.Where(node => Chain.Find(node).Bond is { } bond && (bond.Jail == Jail.Tombstoned || bond.PunishedUpTo > 0));

        public override IReadOnlyList<StateChange> Changes => Written;

        public override IEnumerable<string> Events => Happened;

        public override HeightContext Next() => Chain.Next();
    }
}
