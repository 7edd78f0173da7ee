using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Blocks;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Tests.Transactions;

/// <summary>What can be said of a transaction by looking at it alone.</summary>
public sealed class TransactionTests
{
    private static readonly PrivateKey Sender = TestChain.Key(200);
    private static readonly TestChain Chain = new();

    [Fact]
    public void Is_read_as_it_was_written_and_tells_its_signer() => Prop.ForAll<int>(seed =>
    {
        var draft = Any(new Random(seed));
        var transaction = draft.Sign(Sender);
        var encoded = transaction.Encode();
        return Transaction.TryDecode(encoded, Chain.Parameters, out var read, out _)
            && read.Encode().SequenceEqual(encoded)
            && read.Draft.SigningHash == draft.SigningHash
            && read.Signature.TryRecover(draft.SigningHash, out var signer) && signer == Sender.Address;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_field_is_signed() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var draft = Any(random);
        TransactionDraft[] others =
        [
            draft with { ChainId = draft.ChainId + "x" }, draft with { Type = draft.Type + 1 }, draft with { Nonce = draft.Nonce + 1 },
            draft with { Recipient = TestChain.Key(3).Address }, draft with { Amount = new Amount(draft.Amount.Nano ^ 1) }, draft with { Parameters = (byte[])[.. draft.Parameters.Span, 1] },
            draft with { MaxWatts = draft.MaxWatts ^ 1 }, draft with { Price = new Amount(draft.Price.Nano ^ 1) }, draft with { MicroPay = new Amount(draft.MicroPay.Nano ^ 1) },
            draft with { ExpiryHeight = draft.ExpiryHeight ^ 1 },
        ];
        return others.Append(draft).Select(other => other.SigningHash).Distinct().Count() == others.Length + 1;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Many_are_verified_at_once_each_in_its_place()
    {
        var good = Enumerable.Range(0, 50).Select(n => (Draft() with { Nonce = (ulong)n }).Sign(Sender).Encode()).ToList();
        good[17] = [1, 2, 3];
        var results = Transaction.VerifyMany([.. good.Select(bytes => (ReadOnlyMemory<byte>)bytes)], Chain.Parameters, _ => null);

        Assert.Equal(TxResult.Malformed, results[17].Result);
        Assert.Null(results[17].Verified);
        Assert.All(Enumerable.Range(0, 50).Where(n => n != 17), n => Assert.Equal((ulong)n, results[n].Verified!.Draft.Nonce));
    }

    [Fact]
    public void A_signature_that_was_recovered_before_is_not_recovered_again()
    {
        var (known, fresh) = (Chain.Verified(Sender, Draft()), Chain.Verified(Sender, Draft() with { Nonce = 7 }));

        // who looks at the signature finds another signer
        var believed = known with { Sender = TestChain.Key(9).Address };
        var results = Transaction.VerifyMany([known.Encoded, fresh.Encoded], Chain.Parameters, hash => hash == known.Hash ? believed : null);

        Assert.Same(believed, results[0].Verified);
        Assert.Equal((Sender.Address, TxResult.Accepted), (results[1].Verified!.Sender, results[0].Result));
    }

    [Fact]
    public void A_fee_is_price_times_watts()
    {
        var verified = Chain.Verified(Sender, Draft() with { Price = new Amount(3) });

        Assert.Equal(WattSchedule.Of(TransactionType.Transfer, verified.Encoded.Length), verified.Watts);
        Assert.Equal(new Amount(3 * verified.Watts), verified.Fee);
        Assert.Equal(Keccak.Hash(verified.Encoded.Span), verified.Hash);
    }

    [Fact]
    public void Longer_and_dearer_kinds_cost_more()
    {
        Assert.True(WattSchedule.Of(TransactionType.Transfer, 201) > WattSchedule.Of(TransactionType.Transfer, 200));
        Assert.True(WattSchedule.Of(TransactionType.Evidence, 200) > WattSchedule.Of(TransactionType.Transfer, 200));
        Assert.Throws<ArgumentOutOfRangeException>(() => WattSchedule.Of((TransactionType)9, 200));
    }

    public static TheoryData<TxResult> Refusals => [.. Refused.Keys];

    /// <summary>For each rule that needs no state, bytes that break it.</summary>
    internal static Dictionary<TxResult, Func<byte[]>> Refused { get; } = new()
    {
        [TxResult.TooLong] = () => Signed(Draft() with { Parameters = new byte[Chain.Parameters.MaxTransactionBytes] }),
        [TxResult.Malformed] = () => [0xC3, 1, 2, 3],
        [TxResult.TrailingBytes] = () => [.. Signed(Draft()), 0],
        [TxResult.HighS] = () => WithSignature(HighTwin),
        [TxResult.InvalidSignature] = () => WithSignature(signature =>
        {
            // 5 is the x of no point on the curve
            signature.AsSpan(0, 32).Clear();
            signature[31] = 5;
        }),
        [TxResult.UnknownType] = () => Signed(Draft() with { Type = (TransactionType)6 }),
        [TxResult.WrongChain] = () => Signed(Draft() with { ChainId = "another" }),
        [TxResult.UnexpectedParameters] = () => Signed(Draft() with { Parameters = new byte[] { 1 } }),
        [TxResult.UnexpectedMicroPay] = () => Signed(Draft() with { MicroPay = new Amount(1) }),
        [TxResult.WattsTooLow] = () => Signed(Draft() with { MaxWatts = 100_000 }),
        [TxResult.PriceTooLow] = () => Signed(Draft() with { Price = Amount.Zero }),
        [TxResult.CostOverflows] = () => Signed(Draft() with { Amount = new Amount(ulong.MaxValue) }),
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Refuses_by_name(TxResult expected)
    {
        Assert.False(Transaction.TryVerify(Refused[expected](), Chain.Parameters, out var verified, out var result));
        Assert.Equal(expected, result);
        Assert.Null(verified);
    }

    [Fact]
    public void A_number_in_more_bytes_than_it_needs_is_not_the_same_transaction()
    {
        var draft = Draft();
        var encoded = new RlpWriter().StartList()
            .Text(draft.ChainId).Number((ulong)draft.Type).Bytes([0, 1]).Address(draft.Recipient).Number(draft.Amount.Nano).Bytes([])
            .Number(draft.MaxWatts).Number(draft.Price.Nano).Number(0).Number(draft.ExpiryHeight).Bytes(draft.Sign(Sender).Signature.ToArray()).EndList().ToArray();

        Assert.False(Transaction.TryDecode(encoded, Chain.Parameters, out _, out var result));
        Assert.Equal(TxResult.Malformed, result);
    }

    [Theory]
    [InlineData(TransactionType.Stake)]
    [InlineData(TransactionType.Evidence)]
    public void The_parameters_of_these_types_have_a_form(TransactionType type) =>
        Assert.Equal(TxResult.UnexpectedParameters, Chain.Read((Draft() with { Type = type, Parameters = new byte[] { 0xC1, 9 } }).Sign(Sender)).Result);

    [Fact]
    public void Only_what_bonds_or_unbonds_has_an_amount()
    {
        TxResult Of(StakeOperation operation, ulong nano) =>
            Chain.Read((Draft() with { Type = TransactionType.Stake, Parameters = operation.Encode(), Amount = new Amount(nano) }).Sign(Sender)).Result;

        Assert.Equal(TxResult.UnexpectedParameters, Of(new StakeOperation.Unjail(), 1));
        Assert.Equal(TxResult.UnexpectedParameters, Of(new StakeOperation.Raise(), 0));
        Assert.Equal(TxResult.Accepted, Of(new StakeOperation.Lower(), 1));
    }

    [Fact]
    public void Stake_operations_are_read_as_they_were_written()
    {
        StakeOperation[] all =
        [
            new StakeOperation.Raise(), new StakeOperation.Lower(), new StakeOperation.Register(Keccak.Hash([1]), 7), new StakeOperation.Renew(Keccak.Hash([2]), 8),
            new StakeOperation.Unregister(), new StakeOperation.Unjail(),
        ];
        Assert.All(all, operation =>
        {
            Assert.True(StakeOperation.TryDecode(operation.Encode(), out var read));
            Assert.Equal(operation, read);
            Assert.False(StakeOperation.TryDecode([.. operation.Encode(), 0], out _));
        });
    }

    [Fact]
    public void Each_result_has_its_own_sentence()
    {
        var sentences = Enum.GetValues<TxResult>().Except([TxResult.Unchecked]).Select(result => result.Sentence()).ToList();

        Assert.Equal(sentences.Count, sentences.Distinct().Count());
        Assert.NotEqual(TxResult.Accepted, default);
        Assert.Throws<ArgumentOutOfRangeException>(() => TxResult.Unchecked.Sentence());
    }

    private static TransactionDraft Draft() => Chain.Draft(Sender, to: TestChain.Key(3).Address, amount: new Amount(1));

    private static byte[] Signed(TransactionDraft draft) => draft.Sign(Sender).Encode();

    // the signature is the end of the encoding
    private static byte[] WithSignature(Action<byte[]> change)
    {
        var encoded = Signed(Draft());
        var signature = encoded[^Signature.Size..];
        change(signature);
        return [.. encoded[..^Signature.Size], .. signature];
    }

    private static void HighTwin(byte[] signature)
    {
        var order = BigInteger.Parse("00fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", System.Globalization.NumberStyles.HexNumber);
        var s = order - new BigInteger(signature.AsSpan(32, 32), isUnsigned: true, isBigEndian: true);
        s.ToByteArray(isUnsigned: true, isBigEndian: true).CopyTo(signature, 32);
        signature[64] ^= 1;
    }

    internal static TransactionDraft Any(Random random)
    {
        var parameters = new byte[random.Next(200)];
        random.NextBytes(parameters);
        return new TransactionDraft
        {
            ChainId = "chain-" + random.Next(3),
            Type = (TransactionType)random.Next(1, 6),
            Nonce = Number(random),
            Recipient = TestChain.Key(random.Next(50, 200)).Address,
            Amount = new Amount(Number(random)),
            Parameters = parameters,
            MaxWatts = Number(random),
            Price = new Amount(Number(random)),
            MicroPay = new Amount(Number(random)),
            ExpiryHeight = Number(random),
        };
    }

    private static ulong Number(Random random) => (ulong)random.NextInt64() >> random.Next(64);
}
