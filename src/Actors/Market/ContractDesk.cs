using System.Collections.Immutable;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Market;

/// <summary>What the contracts of a chain go by, and where it stands.</summary>
/// <param name="Barrier">Ψ: what a compute miner must have put behind its claims at the least.</param>
public sealed record ContractRules(string Chain, ulong Height, Amount Barrier, ContractParameters Parameters);

/// <summary>Objects of contracts after one final block.</summary>
/// <param name="Objects">In the order asked for; null where there is none.</param>
public sealed record ContractSight(ulong Height, ImmutableArray<ContractObject?> Objects);

/// <summary>A signed call of a contract: sent as often as need be, it happens once.</summary>
/// <param name="Nonce">Of the account.</param>
/// <param name="ExpiryHeight">No block above it takes it.</param>
public sealed record SignedCall(Hash256 Hash, ulong Nonce, ulong ExpiryHeight, ReadOnlyMemory<byte> Encoded);

/// <summary>The ledger refuses a call, or cannot be asked. The message is one sentence for people.</summary>
/// <param name="reason">The name of the rule.</param>
/// <param name="isPassing">The same may do well a moment later.</param>
public sealed class ContractException(string reason, string sentence, bool isPassing, Exception? inner = null) : Exception(sentence, inner)
{
    public string Reason => reason;

    public bool IsPassing => isPassing;
}

/// <summary>What is on the ledger of the compute market's contract. Any thread may ask.</summary>
/// <remarks>Every method throws <see cref="ContractException"/> when no node with a ledger answers.</remarks>
public interface IContractReader
{
    Task<ContractRules> RulesAsync(CancellationToken cancellationToken);

    /// <summary>Objects by their keys in the state.</summary>
    Task<ContractSight> FindAsync(IReadOnlyCollection<Hash256> keys, CancellationToken cancellationToken);
}

/// <summary>An account's way to the compute market's contract. Any thread may use it; calls get their nonces in the order they are signed in.</summary>
/// <remarks>Every method throws <see cref="ContractException"/> when the ledger refuses or no node with one answers.</remarks>
public interface IContractDesk : IContractReader
{
    Address Account { get; }

    /// <summary>Signs with the account's key.</summary>
    Signature Sign(Hash256 digest);

    /// <summary>Signs a call for the next nonce. It is not sent.</summary>
    /// <param name="amount">Moved by it; zero for a call that moves nothing.</param>
    Task<SignedCall> SignAsync(ContractOperation operation, Amount amount, CancellationToken cancellationToken);

    /// <summary>Sends a call until it is final.</summary>
    Task CompleteAsync(SignedCall call, CancellationToken cancellationToken);

    /// <summary>Signs a call and hands it in; returns before it is final.</summary>
    Task SendAsync(ContractOperation operation, Amount amount, CancellationToken cancellationToken);

    /// <summary>Puts all of the account's stake behind its claims, if that is Ψ or more; returns when that is final.</summary>
    /// <returns>What stands behind them now.</returns>
    Task<Amount> ReserveAsync(CancellationToken cancellationToken);
}
