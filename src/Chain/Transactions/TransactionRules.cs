using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Transactions;

/// <summary>The rules that need no state: whoever puts a transaction that breaks one of them into a block can be shown to have done so.</summary>
internal static class TransactionRules
{
    /// <summary>Runs the rules, cheap ones first.</summary>
    public static TxResult CheckAlone(TransactionDraft draft, int bytes, ChainParameters parameters) =>
        !Enum.IsDefined(draft.Type) ? TxResult.UnknownType
        : !IsOfChain(draft, parameters) ? TxResult.WrongChain
        : !HasExpectedMicroPay(draft) ? TxResult.UnexpectedMicroPay
        : !HasExpectedParameters(draft) ? TxResult.UnexpectedParameters
        : draft.Price < parameters.MinimumPrice ? TxResult.PriceTooLow
        : WattSchedule.Of(draft.Type, bytes) > draft.MaxWatts ? TxResult.WattsTooLow
        : !CostFits(draft, bytes) ? TxResult.CostOverflows
        : TxResult.Accepted;

    /// <summary>A signature means one thing on one chain (as EIP-155 has it).</summary>
    private static bool IsOfChain(TransactionDraft draft, ChainParameters parameters) => string.Equals(draft.ChainId, parameters.ChainId, StringComparison.Ordinal);

    /// <summary>White paper, section 4: µpay belongs to challenge and response.</summary>
    private static bool HasExpectedMicroPay(TransactionDraft draft) => draft.Type == TransactionType.Challenge || draft.MicroPay == Amount.Zero;

    private static bool HasExpectedParameters(TransactionDraft draft) => draft.Type switch
    {
        TransactionType.Transfer => draft.Parameters.IsEmpty,
        TransactionType.Stake => StakeOperation.TryDecode(draft.Parameters.Span, out var operation) && operation.MovesCoins == (draft.Amount > Amount.Zero),
        TransactionType.Evidence => draft.Amount == Amount.Zero && Evidence.TryDecode(draft.Parameters, out _),
        TransactionType.Challenge or TransactionType.Trigger when draft.Recipient == ContractAddress.Compute =>
            ContractOperation.TryDecode(draft.Parameters.Span, out var operation) && operation.Type == draft.Type && operation.MovesCoins == (draft.Amount > Amount.Zero),
        _ => true,
    };

    /// <summary>White paper, section 4: the fee is π · ω.</summary>
    private static bool CostFits(TransactionDraft draft, int bytes) =>
        ((UInt128)draft.Price.Nano * WattSchedule.Of(draft.Type, bytes)) + draft.Amount.Nano <= ulong.MaxValue;
}
