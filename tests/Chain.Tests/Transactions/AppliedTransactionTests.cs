using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Blocks;
using VideoMesh.Chain.Tests.Contracts;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Tests.Transactions;

/// <summary>What the accounts say about a transaction: a block with one that breaks a rule is refused by that rule's name, and a builder leaves it out.</summary>
public sealed class AppliedTransactionTests
{
    private const uint Length = 64;

    // a verifier of TestChain has a stake of 1000 VID and some
    private static readonly Dictionary<TxResult, Func<TestChain, TxResult>> Produced = new()
    {
        [TxResult.Accepted] = chain => chain.Outcome(Pay(chain)),
        [TxResult.Expired] = chain =>
        {
            chain.Next();
            return chain.Outcome(Pay(chain, draft => draft with { ExpiryHeight = 1 }));
        },
        [TxResult.NonceUsed] = chain =>
        {
            var transfer = Pay(chain);
            chain.Next(transfer);
            return chain.Outcome(transfer);
        },
        [TxResult.NonceGap] = chain => chain.Outcome(Pay(chain, draft => draft with { Nonce = 1 })),
        [TxResult.CannotPay] = chain => chain.Outcome(Pay(chain, draft => draft with { Amount = Amount.FromVid(1_000_000) })),
        [TxResult.NoSuchChallenge] = chain => chain.Outcome(Pay(chain, draft => draft with { Type = TransactionType.Challenge, MicroPay = new Amount(5) })),
        [TxResult.NoSuchContract] = chain => chain.Outcome(Pay(chain, draft => draft with { Type = TransactionType.Trigger, Parameters = new byte[] { 1 } })),
        [TxResult.WrongRecipient] = chain => chain.Outcome(
            Pay(chain, draft => draft with { Type = TransactionType.Stake, Parameters = new StakeOperation.Raise().Encode() })),
        [TxResult.StakeTooLow] = chain => chain.Outcome(chain.Stake(chain.Rich, new StakeOperation.Lower(), new Amount(1))),
        [TxResult.BelowBarrier] = chain =>
        {
            chain.Next(chain.Stake(chain.Rich, new StakeOperation.Raise(), Amount.FromVid(999)));
            return chain.Outcome(Register(chain));
        },
        [TxResult.TooManyRaises] = chain =>
        {
            Repeat(CloutSteps.MaxSteps, () => chain.Next(chain.Stake(chain.Rich, new StakeOperation.Raise(), new Amount(1))));
            return chain.Outcome(chain.Stake(chain.Rich, new StakeOperation.Raise(), new Amount(1)));
        },
        [TxResult.TooManyUnbondings] = chain =>
        {
            var verifier = chain.Verifiers[0];
            Repeat(Bond.MaxWithdrawals, () => chain.Next(chain.Stake(verifier, new StakeOperation.Lower(), new Amount(1))));
            return chain.Outcome(chain.Stake(verifier, new StakeOperation.Lower(), new Amount(1)));
        },
        [TxResult.AlreadyRegistered] = chain => chain.Outcome(chain.Stake(chain.Verifiers[0], new StakeOperation.Register(default, Length))),
        [TxResult.NotRegistered] = chain => chain.Outcome(chain.Stake(chain.Rich, new StakeOperation.Unregister())),
        [TxResult.ChainTooShort] = chain => chain.Outcome(chain.Stake(chain.Verifiers[0], new StakeOperation.Renew(default, 5))),
        [TxResult.NotJailed] = chain => chain.Outcome(chain.Stake(chain.Verifiers[0], new StakeOperation.Unjail())),
        [TxResult.Tombstoned] = chain =>
        {
            var guilty = chain.Verifiers[0];
            chain.Next();
            chain.Next(chain.Accuse(chain.Rich, EvidenceTests.TwoVotes(guilty)));
            return chain.Outcome(chain.Stake(guilty, new StakeOperation.Raise(), new Amount(1)));
        },
        [TxResult.NoMisbehaviour] = chain =>
        {
            chain.Next();
            var vote = Vote.Sign(TestChain.ChainId, 1, 0, VoteStep.Prevote, null, chain.Verifiers[0]);
            return chain.Outcome(chain.Accuse(chain.Rich, new Evidence.OfTwoVotes(vote, vote)));
        },
        [TxResult.NothingToBurn] = chain =>
        {
            chain.Next();
            return chain.Outcome(chain.Accuse(chain.Rich, EvidenceTests.TwoVotes(TestChain.Key(99))));
        },
        [TxResult.TooOld] = chain =>
        {
            // evidence holds as long as coins unbond: a minute here, and a block takes a second
            Repeat(70, () => chain.Next());
            return chain.Outcome(chain.Accuse(chain.Rich, EvidenceTests.TwoVotes(chain.Verifiers[0])));
        },
        [TxResult.NotYet] = chain => chain.Outcome(chain.Accuse(chain.Rich, EvidenceTests.TwoVotes(chain.Verifiers[0], height: 2))),
        [TxResult.AlreadyPunished] = chain =>
        {
            chain.Next();
            chain.Next(chain.Accuse(chain.Rich, EvidenceTests.TwoVotes(chain.Verifiers[0])));
            return chain.Outcome(chain.Accuse(chain.Rich, EvidenceTests.TwoVotes(chain.Verifiers[0])));
        },
        [TxResult.OwnMisbehaviour] = chain =>
        {
            chain.Next();
            return chain.Outcome(chain.Accuse(chain.Verifiers[0], EvidenceTests.TwoVotes(chain.Verifiers[0])));
        },
    };

    public static TheoryData<TxResult> Results => [.. Enum.GetValues<TxResult>().Except([TxResult.Unchecked]).Except(TransactionTests.Refused.Keys).Except(ContractRefusalTests.Produced.Keys)];

    // a catalogue that grows without a story here fails
    [Theory]
    [MemberData(nameof(Results))]
    public void Each_result_has_a_transaction_that_brings_it_about(TxResult expected) =>
        Assert.Equal(expected, Produced[expected](new TestChain(with: parameters => parameters with { ConfirmationWindow = 20 })));

    [Fact]
    public void An_account_can_pay_itself_and_loses_the_fee()
    {
        var chain = new TestChain();
        var transfer = chain.Transfer(chain.Rich, chain.Rich.Address, Amount.FromVid(1_000));
        chain.Next(transfer);

        Assert.Equal(Amount.FromVid(1_000_000) - transfer.Fee, chain.Account(chain.Rich).Balance);
        Assert.Equal(1UL, chain.Account(chain.Rich).Nonce);
    }

    [Fact]
    public void A_whole_balance_can_be_paid_out_to_the_last_nano_and_one_more_cannot()
    {
        var chain = new TestChain();
        var fee = Pay(chain, draft => draft with { Amount = Amount.FromVid(999_999) }).Fee;
        VerifiedTransaction All(ulong more) => Pay(chain, draft => draft with { Amount = Amount.FromVid(1_000_000) - fee + new Amount(more) });

        Assert.Equal(TxResult.CannotPay, chain.Outcome(All(1)));
        chain.Next(All(0));
        Assert.Equal(Amount.Zero, chain.Account(chain.Rich).Balance);
    }

    [Fact]
    public void Coins_that_came_in_the_same_block_can_be_spent_in_it()
    {
        var chain = new TestChain();
        var newcomer = TestChain.Key(77);
        var sent = chain.Transfer(chain.Rich, newcomer.Address, Amount.FromVid(2));
        chain.Next(sent, chain.Transfer(newcomer, TestChain.Key(78).Address, Amount.FromVid(1)), chain.Transfer(chain.Rich, newcomer.Address, Amount.FromVid(3), ahead: 1));

        Assert.Equal(Amount.FromVid(1), chain.State.Find(TestChain.Key(78).Address).Balance);
        Assert.Equal(2UL, chain.Account(chain.Rich).Nonce);
    }

    [Fact]
    public void Unbonded_coins_cannot_be_spent_before_their_time_and_nobody_has_to_ask_for_them_then()
    {
        var chain = new TestChain();
        var verifier = chain.Verifiers[0];
        chain.Next(chain.Stake(verifier, new StakeOperation.Lower(), Amount.FromVid(5)));
        var matures = Assert.Single(chain.Account(verifier).Bond!.Withdrawals).MaturesAt;
        Assert.Equal(chain.State.TimeMilliseconds + 60_000, matures);
        Assert.True(chain.State.HasDeadlines);

        while (chain.State.TimeMilliseconds + 1000 < matures)
        {
            chain.Next();
            Assert.NotEmpty(chain.Account(verifier).Bond!.Withdrawals);
        }

        chain.Next();
        Assert.Empty(chain.Account(verifier).Bond!.Withdrawals);
        Assert.Empty(chain.State.Maturing);
    }

    [Fact]
    public void A_verifier_goes_on_with_its_next_hash_chain_when_the_first_is_used_up()
    {
        var chain = new TestChain(verifiers: 1, with: parameters => parameters with { ConfirmationWindow = 4 }, reveals: 10);
        var verifier = chain.Verifiers[0];
        chain.Next(chain.Renew(verifier, 12));
        Repeat(14, () => chain.Next());

        Assert.Null(chain.Account(verifier).Bond!.NextReveals);
        Assert.Equal(7u, chain.Account(verifier).Bond!.Reveals!.Value.Left);
    }

    [Fact]
    public void A_network_whose_hash_chains_are_all_used_up_goes_on_without_reveals()
    {
        var chain = new TestChain(verifiers: 2, with: parameters => parameters with { ConfirmationWindow = 4 }, reveals: 3);
        Repeat(12, () => chain.Next());

        Assert.Equal(12UL, chain.State.Height);
        Assert.Equal(Hash256.Zero, chain.Head!.Reveal);
        chain.Next(chain.Renew(chain.Verifiers[0], 12));
        Repeat(4, () => chain.Next());
        Assert.Equal(chain.Verifiers[0].Address, chain.Head!.Author);
        Assert.NotEqual(Hash256.Zero, chain.Head.Reveal);
    }

    [Fact]
    public void Who_leaves_the_pool_keeps_its_stake_and_may_come_back_after_the_window()
    {
        var chain = new TestChain();
        var verifier = chain.Verifiers[3];
        chain.Next(chain.Stake(verifier, new StakeOperation.Unregister()));
        Assert.Equal(-1, chain.State.VotersOf(chain.State.Height + 1).PlaceOf(verifier.Address));
        Assert.Equal(Amount.FromVid(1003), chain.Account(verifier).Stake);

        chain.Next(chain.Stake(verifier, new StakeOperation.Register(Keccak.Hash([1]), Length)));
        Assert.True(chain.State.VotersOf(chain.State.Height + 1).PlaceOf(verifier.Address) >= 0);
        Assert.Null(chain.Account(verifier).Bond!.RevealsAt(chain.State.Height + 1));
    }

    private static VerifiedTransaction Pay(TestChain chain, Func<TransactionDraft, TransactionDraft>? with = null) =>
        chain.Verified(chain.Rich, (with ?? (draft => draft))(chain.Draft(chain.Rich, to: TestChain.Key(77).Address, amount: Amount.FromVid(1))));

    private static VerifiedTransaction Register(TestChain chain) => chain.Stake(chain.Rich, new StakeOperation.Register(Keccak.Hash([1]), Length));

    private static void Repeat(int times, Action action)
    {
        for (var i = 0; i < times; i++)
        {
            action();
        }
    }
}
