using System.Collections.Concurrent;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Ledger;

/// <summary>What a verifier signs with and reveals from: all of it follows from the account's key, so nothing else needs a backup. Safe for use by several threads.</summary>
/// <param name="key">The account's; whoever owns it disposes of it.</param>
/// <param name="chainId">Of the chain it verifies.</param>
public sealed class VerifierKey(PrivateKey key, string chainId)
{
    /// <summary>How many reveals one chain has: as many blocks of its own a verifier makes before it registers the next.</summary>
    public const uint ChainLength = 1 << 14;

    private readonly ConcurrentDictionary<uint, HashChain> _chains = new();

    public Address Address => key.Address;

    /// <summary>The account's key, for transactions of its own.</summary>
    public PrivateKey Key => key;

    /// <summary>The account's hash chain of that number, the first being 0.</summary>
    public HashChain Chain(uint number) => _chains.GetOrAdd(number, n => HashChain.Of(key, chainId, n, ChainLength));
}
