using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Tests.Blocks;

/// <summary>A whole chain in one hand: verifiers and a rich account with known keys, blocks made and applied one after another.</summary>
internal sealed class TestChain
{
    public const string ChainId = "test";

    private readonly Dictionary<Address, List<HashChain>> _chains = [];

    public TestChain(int verifiers = 4, Func<ChainParameters, ChainParameters>? with = null, uint reveals = 512, DateTimeOffset? began = null)
    {
        Parameters = (with ?? (p => p))(new ChainParameters { ChainId = ChainId, ConfirmationWindow = 8, Unbonding = TimeSpan.FromMinutes(1), MissedPrecommitsUntilJail = 5 });
        Verifiers = [.. Enumerable.Range(1, verifiers).Select(Key)];
        Rich = Key(200);
        foreach (var key in Verifiers)
        {
            _chains[key.Address] = [HashChain.Of(key, ChainId, 0, reveals)];
        }

        Genesis = new Genesis(
            Parameters,
            (ulong?)began?.ToUnixTimeMilliseconds() ?? 1_000_000,
            Keccak.Hash([7]),
            [
                .. Verifiers.Select((key, i) => new GenesisAccount(key.Address, Amount.FromVid(100), Amount.FromVid(1000 + (ulong)i), (_chains[key.Address][0].Head, reveals)))
                    .Append(new GenesisAccount(Rich.Address, Amount.FromVid(1_000_000), Amount.Zero, null)).OrderBy(account => account.Address),
            ]);
        State = Genesis.State();
    }

    public ChainParameters Parameters { get; }

    public Genesis Genesis { get; }

    public IReadOnlyList<PrivateKey> Verifiers { get; }

    public PrivateKey Rich { get; }

    public ChainState State { get; private set; }

    public BlockHeader? Head { get; private set; }

    public CommitCertificate? Certificate { get; private set; }

    /// <summary>Places of verifiers that do not precommit.</summary>
    public HashSet<Address> Silent { get; } = [];

    public static PrivateKey Key(int number)
    {
        var bytes = new byte[PrivateKey.Size];
        bytes[^1] = (byte)number;
        bytes[^2] = (byte)(number >> 8);
        bytes[0] = 1;
        return PrivateKey.FromBytes(bytes);
    }

    public PrivateKey KeyOf(Address address) => Verifiers.Append(Rich).Single(key => key.Address == address);

    /// <summary>A verified transaction of an account, with its next nonce and a sensible fee unless told otherwise.</summary>
    public VerifiedTransaction Verified(PrivateKey from, TransactionDraft draft) => Read(draft.Sign(from)).Verified ?? throw new InvalidOperationException();

    public (VerifiedTransaction? Verified, TxResult Result) Read(Transaction transaction)
    {
        _ = Transaction.TryVerify(transaction.Encode(), Parameters, out var verified, out var refusal);
        return (verified, refusal);
    }

    public TransactionDraft Draft(PrivateKey from, TransactionType type = TransactionType.Transfer, Address? to = null, Amount amount = default, byte[]? parameters = null) => new()
    {
        ChainId = ChainId,
        Type = type,
        Nonce = State.Find(from.Address).Nonce,
        Recipient = to ?? from.Address,
        Amount = amount,
        Parameters = parameters ?? [],
        MaxWatts = 10_000_000,
        Price = new Amount(1),
        ExpiryHeight = ulong.MaxValue,
    };

    public VerifiedTransaction Transfer(PrivateKey from, Address to, Amount amount, ulong ahead = 0)
    {
        var draft = Draft(from, to: to, amount: amount);
        return Verified(from, draft with { Nonce = draft.Nonce + ahead });
    }

    public VerifiedTransaction Stake(PrivateKey from, StakeOperation operation, Amount amount = default) =>
        Verified(from, Draft(from, TransactionType.Stake, amount: amount, parameters: operation.Encode()));

    public VerifiedTransaction Accuse(PrivateKey from, Evidence evidence) => Verified(from, Draft(from, TransactionType.Evidence, evidence.Accused, parameters: evidence.Encode()));

    public BuiltBlock Build(uint round, params VerifiedTransaction[] transactions)
    {
        var author = State.NextOrder().Of(round);
        return BlockBuilder.Build(State, author, round, State.TimeMilliseconds + 1000, RevealOf(author), Certificate, transactions);
    }

    /// <summary>Names the verifier's next hash chain.</summary>
    public VerifiedTransaction Renew(PrivateKey verifier, uint length)
    {
        var chain = Naming(verifier, length);
        _chains[verifier.Address].Add(chain);
        return Stake(verifier, new StakeOperation.Renew(chain.Head, length));
    }

    /// <summary>The hash chain that an account's next transaction can name.</summary>
    public HashChain Naming(PrivateKey verifier, uint length) => HashChain.Of(verifier, ChainId, HashChain.NumberAt(State.Find(verifier.Address).Nonce), length);

    /// <summary>Registers the verifier with a hash chain of its own.</summary>
    public VerifiedTransaction Register(PrivateKey verifier, uint length)
    {
        var chain = Naming(verifier, length);
        (_chains.TryGetValue(verifier.Address, out var chains) ? chains : _chains[verifier.Address] = []).Add(chain);
        return Stake(verifier, new StakeOperation.Register(chain.Head, length));
    }

    public Hash256 RevealOf(Address author) => State.Find(author).Bond!.RevealsAt(State.Height + 1) is { } registered
        ? RevealOf(_chains[author].Single(chain => chain.Number == registered.Number), registered.Left)
        : Hash256.Zero;

    private static Hash256 RevealOf(HashChain chain, uint left) => chain.Reveal(chain.Length - left);

    /// <summary>A block with another body, which its header names rightly; the state it leads to is that of the block before.</summary>
    public static BuiltBlock WithBody(BuiltBlock block, BlockBody body)
    {
        var encoded = body.Encode();
        var header = block.Header with { TransactionsRoot = body.Root, BodyHash = ContentHash.Of(encoded), BodyBytes = (uint)encoded.Length };
        return block with { Header = header, Body = encoded };
    }

    /// <summary>What becomes of the last of these transactions when a block holds them all.</summary>
    public TxResult Outcome(params VerifiedTransaction[] transactions)
    {
        var built = Build(0, transactions);
        return built.Result.Transactions.Length == transactions.Length
            ? TxResult.Accepted
            : Assert.IsType<BlockOutcome.Refused>(Try(WithBody(built, new BlockBody([.. transactions.Select(transaction => transaction.Encoded)], Certificate)))).TransactionResult;
    }

    public BlockOutcome Try(BuiltBlock block) => BlockRules.Apply(State, block.Header, block.Body, _ => null);

    /// <summary>Makes, applies and certifies the next block; the builder and the rules must agree about it.</summary>
    public BlockResult Next(params VerifiedTransaction[] transactions) => Next(0, transactions);

    public BlockResult Next(uint round, params VerifiedTransaction[] transactions)
    {
        var built = Build(round, transactions);
        var outcome = Try(built);
        var accepted = outcome as BlockOutcome.Accepted ?? throw new InvalidOperationException($"What the builder made is refused: {outcome}");
        Assert.Equal(built.Result.State.Root, accepted.Result.State.Root);
        var voters = State.VotersOf(built.Header.Height);
        State = accepted.Result.State;
        Head = built.Header;
        var votes = voters.Voters.Where(voter => !Silent.Contains(voter.Address))
            .Select(voter => Vote.Sign(ChainId, built.Header.Height, round, VoteStep.Precommit, built.Header.Hash, KeyOf(voter.Address)));
        Certificate = CommitCertificate.Of(built.Header.Height, round, built.Header.Hash, votes, voters);
        Assert.Equal(State.CountCoins(), State.Totals.Supply.Nano);
        return accepted.Result;
    }

    public Account Account(PrivateKey key) => State.Find(key.Address);
}
