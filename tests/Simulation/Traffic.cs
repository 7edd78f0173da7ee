using System.Collections.Immutable;
using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Simulation;

/// <summary>What accounts send, made up as the seed has it: the nodes' and some rich ones'. Stands in for wallets and for the mempools of all nodes.</summary>
internal sealed class Traffic
{
    private const int Rich = 3;
    private const int MostWaiting = 100;

    private readonly ChainParameters _parameters;
    private readonly Scenario _scenario;
    private readonly LedgerPlan _plan;
    private readonly List<ISigner> _accounts;
    private readonly Dictionary<Address, List<HashChain>> _chains = [];
    private readonly Dictionary<Hash256, VerifiedTransaction> _known = [];
    private readonly List<VerifiedTransaction> _waiting = [];

    // Stake of hostile nodes, at most; of honest ones, at least: what their owners send may not make the hostile third a larger one.
    private readonly UInt128 _hostile;
    private UInt128 _honest;

    public Traffic(ChainParameters parameters, Scenario scenario, LedgerPlan plan)
    {
        _parameters = parameters;
        _scenario = scenario;
        _plan = plan;
        Nodes = [.. scenario.Voters.Select(voter => voter.Address)];
        _accounts = [.. Enumerable.Range(0, scenario.Voters.Count).Concat(Enumerable.Range(1000, Rich)).Select(scenario.Keys.SignerOf)];
        _hostile = Sum(scenario.Hostile.Contains);
        _honest = Sum(index => !scenario.Hostile.Contains(index) && !plan.Newcomers.Contains(index));
    }

    public IReadOnlyList<Address> Nodes { get; }

    public ImmutableArray<GenesisAccount> Genesis() => [.. _accounts.Select((signer, index) => GenesisOf(signer, index)).OrderBy(account => account.Address)];

    /// <summary>A transaction verified before. Some are forgotten, so that they are verified again.</summary>
    public VerifiedTransaction? Known(Hash256 hash) => (hash.Bit(0) && hash.Bit(1)) || !_known.TryGetValue(hash, out var known) ? null : known;

    /// <summary>The author's next reveal; zero when it has none.</summary>
    public Hash256 RevealOf(ChainState state, Address author) => state.Find(author).Bond?.RevealsAt(state.Height + 1) is { } chain
        ? _chains[author].Where(own => own.Number == chain.Number && own.Length >= chain.Left).Select(own => own.Reveal(own.Length - chain.Left)).First(reveal => HashChain.IsNext(author, chain, reveal))
        : Hash256.Zero;

    /// <summary>What lies before the author of the next block: evidence of its own, if it is honest, and what others sent, in any order.</summary>
    public IEnumerable<VerifiedTransaction> Candidates(ChainState state, Address author, IReadOnlyList<Evidence> accusations, Random random)
    {
        var next = state.Height + 1;
        _waiting.RemoveAll(waiting => waiting.Draft.ExpiryHeight < next || waiting.Draft.Nonce < state.Find(waiting.Sender).Nonce);
        for (var i = random.Next(5); i > 0 && _waiting.Count < MostWaiting; i--)
        {
            var from = random.Next(_accounts.Count);
            var invented = Invent(state, from, random);
            _waiting.Add(Sign(_accounts[from], invented with
            {
                // a hash chain is good for one nonce
                Nonce = state.Find(_accounts[from].Address).Nonce + (random.Next(4) == 0 && !Names(invented) ? 1UL : 0),
                ExpiryHeight = next + (ulong)random.Next(10),
            }));
        }

        var others = _waiting.ToArray();
        random.Shuffle(others);
        return [.. Reports(state, author, accusations), .. others.Take(random.Next(others.Length + 1))];
    }

    private IEnumerable<VerifiedTransaction> Reports(ChainState state, Address author, IReadOnlyList<Evidence> accusations)
    {
        var index = Nodes.ToList().IndexOf(author);
        return _scenario.Hostile.Contains(index)
            ? []
            : accusations.Select((evidence, place) => Sign(_accounts[index], Draft(TransactionType.Evidence, evidence.Accused, default, evidence.Encode()) with
            {
                Nonce = state.Find(author).Nonce + (ulong)place,
                ExpiryHeight = state.Height + 1,
            }));
    }

    private TransactionDraft Invent(ChainState state, int from, Random random)
    {
        var bond = state.Find(_accounts[from].Address).Bond ?? Bond.None;
        if (from >= Nodes.Count || bond.Jail == Jail.Tombstoned)
        {
            return Transfer(random);
        }

        var window = (uint)_parameters.ConfirmationWindow;
        if (bond.Jail == Jail.Jailed)
        {
            return Stake(from, new StakeOperation.Unjail());
        }

        if (bond.Reveals is not { } reveals)
        {
            if (bond.Stake < _parameters.Barrier)
            {
                return Stake(from, new StakeOperation.Raise(), Amount.FromVid((ulong)random.Next(500, 2000)));
            }

            var first = NewChain(from, NextNumber(state, from), (2 * window) + (uint)random.Next(30));
            return Stake(from, new StakeOperation.Register(first.Head, first.Length));
        }

        if (bond.NextReveals is null && reveals.Left < 2 * window && random.Next(2) == 0)
        {
            var following = NewChain(from, NextNumber(state, from), (2 * window) + (uint)random.Next(30));
            return Stake(from, new StakeOperation.Renew(following.Head, following.Length));
        }

        return random.Next(8) switch
        {
            0 or 1 => Stake(from, new StakeOperation.Raise(), Amount.FromVid((ulong)random.Next(1, 50))),
            2 or 3 when Amount.FromVid((ulong)random.Next(1, 100)) is var amount && MayLose(from, bond, amount) => Stake(from, new StakeOperation.Lower(), amount),
            4 when MayLose(from, bond, bond.Stake) => random.Next(2) == 0 && bond.Stake > Amount.Zero
                ? Stake(from, new StakeOperation.Lower(), bond.Stake)
                : Stake(from, new StakeOperation.Unregister()),
            _ => Transfer(random),
        };
    }

    /// <summary>Whether hostile nodes stay under a third when a node's stake falls by so much; if so it is taken to have fallen already.</summary>
    private bool MayLose(int from, Bond bond, Amount amount)
    {
        if (_scenario.Hostile.Contains(from) || _plan.Newcomers.Contains(from))
        {
            return true;
        }

        UInt128 lost = bond.Stake < amount + _parameters.Barrier ? bond.Stake.Nano : amount.Nano;
        if (lost > _honest || 3 * _hostile >= _hostile + _honest - lost)
        {
            return false;
        }

        _honest -= lost;
        return true;
    }

    private TransactionDraft Transfer(Random random)
    {
        var to = random.Next(5) == 0 ? new Address(Keccak.Hash(BitConverter.GetBytes(random.Next(20))).ToArray().AsSpan(Hash256.Size - Address.Size)) : _accounts[random.Next(_accounts.Count)].Address;

        // now and then more than anybody has: to be left out
        return Draft(TransactionType.Transfer, to, random.Next(10) == 0 ? Amount.FromVid(10_000_000) : new Amount((ulong)random.NextInt64(20_000_000_000)), []);
    }

    private TransactionDraft Stake(int from, StakeOperation operation, Amount amount = default) => Draft(TransactionType.Stake, _accounts[from].Address, amount, operation.Encode());

    private TransactionDraft Draft(TransactionType type, Address to, Amount amount, byte[] parameters) => new()
    {
        ChainId = _parameters.ChainId,
        Type = type,
        Nonce = 0,
        Recipient = to,
        Amount = amount,
        Parameters = parameters,
        MaxWatts = 10_000_000,
        Price = new Amount(1),
        ExpiryHeight = 0,
    };

    private VerifiedTransaction Sign(ISigner signer, TransactionDraft draft)
    {
        var encoded = new Transaction(draft, signer.Sign(draft.SigningHash)).Encode();
        Auditor.Demand(Transaction.TryVerify(encoded, _parameters, out var verified, out var refusal), $"a sound transaction is refused: {refusal}");
        _known[verified!.Hash] = verified;
        return verified;
    }

    private GenesisAccount GenesisOf(ISigner signer, int index)
    {
        if (index >= Nodes.Count || _plan.Newcomers.Contains(index))
        {
            return new GenesisAccount(signer.Address, Amount.FromVid(100_000), Amount.Zero, null);
        }

        var chain = NewChain(index, number: 0, 4 * (uint)_plan.Window);
        return new GenesisAccount(signer.Address, Amount.FromVid(1000), _scenario.Voters[index].Clout, (chain.Head, chain.Length));
    }

    private static bool Names(TransactionDraft draft) =>
        draft.Type == TransactionType.Stake && StakeOperation.TryDecode(draft.Parameters.Span, out var operation) && operation is StakeOperation.Register or StakeOperation.Renew;

    private ulong NextNumber(ChainState state, int from) => HashChain.NumberAt(state.Find(_accounts[from].Address).Nonce);

    private HashChain NewChain(int index, ulong number, uint length)
    {
        if (!_chains.TryGetValue(Nodes[index], out var chains))
        {
            _chains.Add(Nodes[index], chains = []);
        }

        var chain = new HashChain(Nodes[index], number, Keccak.Hash([.. Nodes[index].ToArray(), .. BitConverter.GetBytes(chains.Count)]), length);
        chains.Add(chain);
        return chain;
    }

    private UInt128 Sum(Func<int, bool> counts) =>
        Enumerable.Range(0, _scenario.Voters.Count).Where(counts).Aggregate(UInt128.Zero, (sum, index) => sum + _scenario.Voters[index].Clout.Nano);
}
