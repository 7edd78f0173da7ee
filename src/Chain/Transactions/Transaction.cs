using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Transactions;

/// <summary>A signed transaction; whether anybody's account signed it, <see cref="TryVerify"/> tells.</summary>
public sealed record Transaction(TransactionDraft Draft, Signature Signature)
{
    /// <summary>The canonical RLP encoding.</summary>
    public byte[] Encode()
    {
        var writer = new RlpWriter().StartList();
        Draft.WriteFields(writer);
        return writer.Bytes(Signature.ToArray()).EndList().ToArray();
    }

    /// <summary>Reads one transaction and nothing else. Only what <see cref="Encode"/> writes is accepted, so a transaction has one name.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, ChainParameters parameters, [NotNullWhen(true)] out Transaction? transaction, out TxResult refusal)
    {
        transaction = null;
        refusal = TxResult.Malformed;
        if (encoded.Length > parameters.MaxTransactionBytes)
        {
            refusal = TxResult.TooLong;
            return false;
        }

        try
        {
            var outer = new RlpReader(encoded, parameters.MaxTransactionBytes, maxDepth: 1);
            var reader = outer.ReadList();
            outer.End();
            var draft = TransactionDraft.ReadFields(ref reader, parameters.MaxTransactionBytes);
            var bytes = reader.ReadFixed(Signature.Size);
            reader.End();
            if (!Signature.TryParse(bytes, out var signature, out var wrong))
            {
                refusal = wrong == SignatureRefusal.HighS ? TxResult.HighS : TxResult.InvalidSignature;
                return false;
            }

            transaction = new Transaction(draft, signature);
            refusal = TxResult.Accepted;
            return true;
        }
        catch (RlpException e)
        {
            refusal = e.Reason == RlpRefusal.TrailingBytes ? TxResult.TrailingBytes : TxResult.Malformed;
            return false;
        }
    }

    /// <summary>Reads a transaction, checks every rule that needs no state, and finds out who signed it. This is the dear part of a transaction: done once.</summary>
    public static bool TryVerify(
        ReadOnlyMemory<byte> encoded, ChainParameters parameters, [NotNullWhen(true)] out VerifiedTransaction? verified, out TxResult refusal) =>
        TryVerify(encoded, Keccak.Hash(encoded.Span), parameters, out verified, out refusal);

    /// <summary>Verifies many on all cores. Where one is refused, its place holds the refusal and no transaction.</summary>
    /// <param name="known">Those that were verified before, by hash: their signatures are not recovered again. Asked by several threads.</param>
    public static ImmutableArray<(VerifiedTransaction? Verified, TxResult Result)> VerifyMany(
        IReadOnlyList<ReadOnlyMemory<byte>> encoded, ChainParameters parameters, Func<Hash256, VerifiedTransaction?> known)
    {
        var results = new (VerifiedTransaction?, TxResult)[encoded.Count];
        Parallel.For(0, encoded.Count, i =>
        {
            var hash = Keccak.Hash(encoded[i].Span);
            var refusal = TxResult.Accepted;
            var verified = known(hash);
            if (verified is null)
            {
                _ = TryVerify(encoded[i], hash, parameters, out verified, out refusal);
            }

            results[i] = (verified, refusal);
        });
        return [.. results];
    }

    private static bool TryVerify(
        ReadOnlyMemory<byte> encoded, Hash256 hash, ChainParameters parameters, [NotNullWhen(true)] out VerifiedTransaction? verified, out TxResult refusal)
    {
        verified = null;
        if (!TryDecode(encoded.Span, parameters, out var transaction, out refusal))
        {
            return false;
        }

        refusal = TransactionRules.CheckAlone(transaction.Draft, encoded.Length, parameters);
        if (refusal != TxResult.Accepted)
        {
            return false;
        }

        if (!transaction.Signature.TryRecover(transaction.Draft.SigningHash, out var sender))
        {
            refusal = TxResult.InvalidSignature;
            return false;
        }

        verified = new VerifiedTransaction(transaction, sender, hash, encoded);
        return true;
    }
}

/// <summary>A transaction that passed every rule that needs no state.</summary>
/// <param name="Transaction">What was signed.</param>
/// <param name="Sender">Who signed it.</param>
/// <param name="Hash">Its name: the Keccak-256 of the encoding.</param>
/// <param name="Encoded">As it came.</param>
public sealed record VerifiedTransaction(Transaction Transaction, Address Sender, Hash256 Hash, ReadOnlyMemory<byte> Encoded)
{
    public TransactionDraft Draft => Transaction.Draft;

    /// <summary>What it uses by the published schedule.</summary>
    public ulong Watts => WattSchedule.Of(Draft.Type, Encoded.Length);

    /// <summary>π · ω: it passed the rule that this fits.</summary>
    public Amount Fee => Draft.Price * Watts;
}
