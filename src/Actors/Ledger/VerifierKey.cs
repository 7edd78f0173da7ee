using System.Collections.Concurrent;
using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Actors.Ledger;

/// <summary>What a verifier signs with and reveals from. All of it follows from the account's key and the chain, so nothing else needs a backup. Safe for use by several
/// threads.</summary>
/// <param name="key">The account's; whoever owns it disposes of it.</param>
public sealed class VerifierKey(PrivateKey key, ChainParameters parameters)
{
    private const uint UsualLength = 4096;

    private readonly ConcurrentDictionary<ulong, HashChain> _chains = new();

    public Address Address => key.Address;

    public PrivateKey Key => key;

    /// <summary>How many reveals each hash chain has: as many blocks of its own a verifier makes with it.</summary>
    public uint ChainLength { get; } = (uint)Math.Max(UsualLength, 4 * parameters.ConfirmationWindow);

    /// <summary>The hash chain in the genesis.</summary>
    public HashChain First => Chain(0);

    /// <summary>The hash chain that a transaction with this nonce names: no two transactions of an account have the same nonce, so none names a chain whose reveals are known.</summary>
    public HashChain NamedBy(ulong nonce) => Chain(HashChain.NumberAt(nonce));

    /// <summary>What the account reveals in a block on top of a state; zero when it has no hash chain to reveal from, null when it has one that this key did not make.</summary>
    public Hash256? RevealOn(ChainState state)
    {
        var account = state.Find(Address);
        if (account.Bond?.RevealsAt(state.Height + 1) is not { } named)
        {
            return Hash256.Zero;
        }

        if (named.Left > ChainLength)
        {
            return null;
        }

        // those named before it have had their last turn
        foreach (var past in _chains.Keys.Where(number => number < named.Number))
        {
            _chains.TryRemove(past, out _);
        }

        var reveal = Chain(named.Number).Reveal(ChainLength - named.Left);
        return HashChain.IsNext(Address, named, reveal) ? reveal : null;
    }

    /// <summary>Signs a transaction of the account that changes its own stake.</summary>
    public Transaction Sign(StakeOperation operation, Amount amount, ulong nonce, ulong expiryHeight) => new TransactionDraft
    {
        ChainId = parameters.ChainId,
        Type = TransactionType.Stake,
        Nonce = nonce,
        Recipient = Address,
        Amount = amount,
        Parameters = operation.Encode(),
        MaxWatts = MaxWatts,
        Price = parameters.MinimumPrice,
        ExpiryHeight = expiryHeight,
    }.Sign(key);

    /// <summary>Signs what the account says to a challenge.</summary>
    /// <param name="operation">A commitment or a reveal.</param>
    /// <param name="bond">Of a commitment.</param>
    /// <param name="leastFee">µpay: the least fee the account works for.</param>
    /// <param name="nonce">Of the account.</param>
    /// <param name="expiryHeight">The last height of a block that may hold it.</param>
    public Transaction Sign(ContractOperation operation, Amount bond, Amount leastFee, ulong nonce, ulong expiryHeight) => new TransactionDraft
    {
        ChainId = parameters.ChainId,
        Type = operation.Type,
        Nonce = nonce,
        Recipient = ContractAddress.Compute,
        Amount = bond,
        Parameters = operation.Encode(),
        MaxWatts = MaxWatts,
        Price = parameters.MinimumPrice,
        MicroPay = leastFee,
        ExpiryHeight = expiryHeight,
    }.Sign(key);

    /// <summary>Signs a transaction that shows what somebody did.</summary>
    public Transaction Sign(Evidence evidence, ulong nonce, ulong expiryHeight) => new TransactionDraft
    {
        ChainId = parameters.ChainId,
        Type = TransactionType.Evidence,
        Nonce = nonce,
        Recipient = evidence.Accused,
        Parameters = evidence.Encode(),
        MaxWatts = MaxWatts,
        Price = parameters.MinimumPrice,
        ExpiryHeight = expiryHeight,
    }.Sign(key);

    // More than any transaction of a verifier's own uses.
    private const ulong MaxWatts = 10_000_000;

    private HashChain Chain(ulong number) => _chains.GetOrAdd(number, n => HashChain.Of(key, parameters.ChainId, n, ChainLength));
}
