using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Store;
using VideoMesh.Chain.Transactions;

// The JSON of the chain API, see docs/api.md and openapi.json: node and command line share it. Amounts are nano-VID.
namespace VideoMesh.Client.Node.Chain;

public sealed record ErrorAnswer(string Reason, string Message);

/// <param name="Verifiers">How many vote on the next height.</param>
/// <param name="MinimumPrice">The least price per ω.</param>
public sealed record StatusAnswer(
    string ChainId, Hash256 Genesis, ulong Height, Hash256 Hash, Hash256 StateRoot, DateTimeOffset FinalizedAt, int Verifiers, Amount MinimumPrice,
    int Waiting, bool CatchingUp, string? Failure)
{
    public static StatusAnswer Of(ChainStatus status, Hash256 genesis)
    {
        var state = status.Head.State;
        return new StatusAnswer(
            state.Parameters.ChainId, genesis, state.Height, state.Block, state.Root, Times.Of(state.TimeMilliseconds), state.VotersOf(state.Height + 1).Voters.Length,
            state.Parameters.MinimumPrice, status.Waiting, status.IsCatchingUp, status.Failure);
    }
}

/// <param name="Bytes">Size of the body.</param>
public sealed record BlockSummary(ulong Height, Hash256 Hash, DateTimeOffset Time, Address Author, int Transactions, uint Bytes)
{
    public static BlockSummary Of(StoredBlock block, int transactions) => new(
        block.Header.Height, block.Final.Certificate.Block, Times.Of(block.Header.TimeMilliseconds), block.Header.Author, transactions, block.Header.BodyBytes);
}

/// <param name="Blocks">Newest first.</param>
/// <param name="NextBefore">What to give as <c>before</c> for older ones; null when there are none.</param>
public sealed record BlocksAnswer(IReadOnlyList<BlockSummary> Blocks, ulong? NextBefore);

/// <param name="Transactions">Their hashes, in order.</param>
/// <param name="Final">RLP of header and certificate.</param>
public sealed record BlockAnswer(
    ulong Height, Hash256 Hash, Hash256 ParentHash, DateTimeOffset Time, Address Author, uint Round, Hash256 StateRoot, Hash256 TransactionsRoot, Hash256 VotersHash,
    Hash256 NextVotersHash, string BodyHash, uint Bytes, int Precommits, IReadOnlyList<Hash256> Transactions, byte[] Final)
{
    public static BlockAnswer Of(StoredBlock block, ChainParameters parameters)
    {
        var header = block.Header;
        return new BlockAnswer(
            header.Height, block.Final.Certificate.Block, header.ParentHash, Times.Of(header.TimeMilliseconds), header.Author, header.Round, header.StateRoot,
            header.TransactionsRoot, header.VotersHash, header.NextVotersHash, header.BodyHash.ToString(), header.BodyBytes, block.Final.Certificate.Precommits.Length,
            [.. BlockBody.Decode(block.Body, parameters).Transactions.Select(encoded => Keccak.Hash(encoded.Span))], block.Final.Encode());
    }
}

/// <param name="Status">Always <c>final</c>: what waits has no place yet.</param>
/// <param name="Encoded">The signed RLP.</param>
public sealed record TransactionAnswer(
    Hash256 Hash, string Status, ulong Height, Hash256 Block, int Index, TransactionType Type, Address Sender, Address Recipient, Amount Amount, Amount Fee, ulong Nonce,
    ulong ExpiryHeight, byte[] Encoded)
{
    public const string Final = "final";

    public static TransactionAnswer Of(VerifiedTransaction transaction, StoredBlock block, int index)
    {
        var draft = transaction.Draft;
        return new TransactionAnswer(
            transaction.Hash, Final, block.Header.Height, block.Final.Certificate.Block, index, draft.Type, transaction.Sender, draft.Recipient, draft.Amount, transaction.Fee,
            draft.Nonce, draft.ExpiryHeight, transaction.Encoded.ToArray());
    }
}

/// <param name="MaturesAt">When it is paid out, in the blocks' own time.</param>
public sealed record WithdrawalAnswer(Amount Amount, DateTimeOffset MaturesAt);

/// <param name="Unbonding">Sum of <paramref name="Withdrawals"/>.</param>
/// <param name="Nonce">Transactions in final blocks.</param>
/// <param name="NextNonce">What the next transaction should have, those that wait included.</param>
/// <param name="Proof">Only when asked for.</param>
public sealed record AccountAnswer(
    Address Address, AccountType Type, Amount Balance, Amount Stake, Amount Unbonding, ulong Nonce, ulong NextNonce, bool Verifier, Jail Jail,
    IReadOnlyList<WithdrawalAnswer> Withdrawals, ProofAnswer? Proof)
{
    public static AccountAnswer Of(Account account, ulong nextNonce, ProofAnswer? proof)
    {
        var withdrawals = account.Bond?.Withdrawals ?? [];
        return new AccountAnswer(
            account.Address, account.Type, account.Balance, account.Stake, withdrawals.Aggregate(Amount.Zero, (sum, withdrawal) => sum + withdrawal.Amount), account.Nonce,
            nextNonce, account.Bond?.Reveals is not null, account.Bond?.Jail ?? Jail.Free,
            [.. withdrawals.Select(withdrawal => new WithdrawalAnswer(withdrawal.Amount, Times.Of(withdrawal.MaturesAt)))], proof);
    }
}

/// <summary>What shows an account to somebody who has no ledger.</summary>
/// <param name="State">RLP of the Merkle proof.</param>
/// <param name="Final">RLP of the header that names the root, and of its certificate; null before the first block.</param>
/// <param name="Voters">Who voted on that header.</param>
public sealed record ProofAnswer(byte[] State, byte[]? Final, IReadOnlyList<Voter> Voters)
{
    public static ProofAnswer Of(ChainHead head, Address address) => new(
        head.State.Tree.Prove(Account.KeyOf(address)).Encode(), head.Final?.Encode(), head.State.VotersOf(Math.Max(1, head.State.Height)).Voters);
}

/// <param name="Clout">κ at the next height: zero when it has no vote.</param>
public sealed record VerifierAnswer(Address Address, Amount Clout, Amount Stake, Jail Jail, ulong Missed);

/// <param name="Height">The height that they vote on next.</param>
/// <param name="Verifiers">All that are registered, the highest κ first.</param>
public sealed record VerifiersAnswer(ulong Height, Hash256 VotersHash, IReadOnlyList<VerifierAnswer> Verifiers)
{
    public static VerifiersAnswer Of(ChainHead head)
    {
        var (state, next) = (head.State, head.State.Height + 1);
        var voters = state.VotersOf(next);
        return new VerifiersAnswer(
            next,
            voters.Hash,
            [.. state.Verifiers.Select(state.Find)
                .Select(account => new VerifierAnswer(
                    account.Address, new Amount((ulong)voters.PowerOf(account.Address)), account.Stake, account.Bond?.Jail ?? Jail.Free, account.Bond?.Missed ?? 0))
                .OrderByDescending(verifier => verifier.Clout).ThenBy(verifier => verifier.Address)]);
    }
}

/// <param name="Barrier">Ψ: what a compute miner must have put behind its claims at the least.</param>
/// <param name="Rules">Lengths of time in blocks, amounts in nano-VID.</param>
public sealed record ContractsAnswer(string ChainId, ulong Height, Amount Barrier, ContractParameters Rules)
{
    public static ContractsAnswer Of(ChainState state) => new(state.Parameters.ChainId, state.Height, state.Parameters.Barrier, state.Parameters.Contracts);
}

/// <param name="Height">After which block they are so.</param>
/// <param name="Objects">In the order asked for, the RLP of each; null where there is none.</param>
public sealed record ObjectsAnswer(ulong Height, IReadOnlyList<byte[]?> Objects);

/// <param name="Transactions">The signed RLP of each, as hexadecimal digits after <c>0x</c>.</param>
public sealed record SubmitRequest(IReadOnlyList<string?> Transactions);

/// <param name="Hash">Null when the bytes are no transaction.</param>
/// <param name="Reason">Null: it waits for a block.</param>
public sealed record OutcomeAnswer(Hash256? Hash, string? Reason, string? Message);

/// <param name="Transactions">In the order they came.</param>
public sealed record SubmitAnswer(IReadOnlyList<OutcomeAnswer> Transactions);

internal static class Times
{
    // a header's time is a stranger's number: what no calendar holds is the last day there is
    public static DateTimeOffset Of(ulong milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(milliseconds, (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
}
