using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Blocks;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Tests.Transactions;

/// <summary>What burns, and what does not.</summary>
public sealed class EvidenceTests
{
    private static readonly PrivateKey Guilty = TestChain.Key(1);

    [Fact]
    public void Is_read_as_it_was_written()
    {
        var chain = new TestChain();
        foreach (var evidence in All(chain))
        {
            Assert.True(Evidence.TryDecode(evidence.Encode(), out var read));
            Assert.Equal(evidence.Encode(), read.Encode());
            Assert.Equal(Guilty.Address, read.Accused);
            Assert.Equal(1UL, read.Height);
            Assert.True(read.Proves(chain.Parameters));
            Assert.False(read.Proves(chain.Parameters with { ChainId = "another" }));
        }
    }

    [Fact]
    public void A_vote_shows_nothing_beside_itself_or_one_of_another_place()
    {
        var chain = new TestChain();
        Vote Signed(ulong height = 1, uint round = 0, VoteStep step = VoteStep.Prevote, byte block = 1, PrivateKey? by = null) =>
            Vote.Sign(TestChain.ChainId, height, round, step, Keccak.Hash([block]), by ?? Guilty);
        bool Proves(Vote other) => new Evidence.OfTwoVotes(Signed(), other).Proves(chain.Parameters);

        Assert.True(Proves(Signed(block: 2)));
        Assert.False(Proves(Signed()));
        Assert.False(Proves(Signed(height: 2, block: 2)));
        Assert.False(Proves(Signed(round: 1, block: 2)));
        Assert.False(Proves(Signed(step: VoteStep.Precommit, block: 2)));
        Assert.False(Proves(Signed(block: 2, by: TestChain.Key(2))));
        Assert.False(Proves(Signed(block: 2, by: TestChain.Key(2)) with { Voter = Guilty.Address }));
    }

    [Fact]
    public void A_sound_proposal_shows_nothing()
    {
        var chain = new TestChain();
        var built = chain.Build(0, chain.Transfer(chain.Rich, Guilty.Address, new Amount(1)));
        var proposal = Proposal.Sign(TestChain.ChainId, 1, 0, null, built.Header.Encode(), Guilty);
        var transaction = BlockBody.Decode(built.Body, chain.Parameters).Transactions;

        Assert.False(new Evidence.OfBadHeader(proposal).Proves(chain.Parameters));
        Assert.False(new Evidence.OfBadTransaction(proposal, transaction[0], Merkle.Prove(transaction, 0)).Proves(chain.Parameters));
        Assert.False(new Evidence.OfBadTransaction(proposal, new byte[] { 1 }, Merkle.Prove(transaction, 0)).Proves(chain.Parameters));
        Assert.False(new Evidence.OfTwoProposals(proposal, proposal).Proves(chain.Parameters));
    }

    [Fact]
    public void A_proposal_that_breaks_a_rule_by_its_bytes_costs_a_hundredth_once_for_each_height()
    {
        var chain = new TestChain();
        chain.Next();
        foreach (var evidence in All(chain).Where(evidence => !evidence.IsContradiction))
        {
            var fresh = new TestChain();
            fresh.Next();
            fresh.Next(fresh.Accuse(fresh.Rich, evidence));

            Assert.Equal(Amount.FromVid(990), fresh.Account(Guilty).Stake);
            Assert.Equal(Amount.FromVid(9), fresh.State.Totals.Burnt);
            Assert.Equal(TxResult.AlreadyPunished, fresh.Outcome(fresh.Accuse(fresh.Rich, evidence)));
            Assert.Equal(TxResult.Accepted, fresh.Outcome(fresh.Accuse(fresh.Rich, BadHeader(height: 2))));
        }
    }

    [Fact]
    public void Coins_on_their_way_out_burn_too_when_they_left_after_the_offence()
    {
        var chain = new TestChain();
        chain.Next(chain.Stake(Guilty, new StakeOperation.Lower(), Amount.FromVid(100)));
        chain.Next();
        chain.Next(chain.Stake(Guilty, new StakeOperation.Lower(), Amount.FromVid(200)));
        chain.Next(chain.Accuse(chain.Rich, TwoVotes(Guilty, height: 2)));

        Assert.Equal(Amount.FromVid(100), Assert.Single(chain.Account(Guilty).Bond!.Withdrawals).Amount);
        Assert.Equal(Amount.FromVid(810), chain.State.Totals.Burnt);
    }

    [Fact]
    public void A_late_contradiction_reported_by_a_friend_does_not_save_what_left_after_an_earlier_one()
    {
        var chain = new TestChain();
        chain.Next();
        chain.Next(chain.Stake(Guilty, new StakeOperation.Lower(), Amount.FromVid(900)));
        chain.Next();
        chain.Next(chain.Accuse(chain.Rich, TwoVotes(Guilty, height: 3)));
        Assert.Equal(Amount.FromVid(90), chain.State.Totals.Burnt);

        chain.Next(chain.Accuse(chain.Rich, TwoVotes(Guilty, height: 1)));
        Assert.Equal(Amount.FromVid(900), chain.State.Totals.Burnt);
        Assert.Empty(chain.Account(Guilty).Bond!.Withdrawals);
        Assert.Equal(TxResult.AlreadyPunished, chain.Outcome(chain.Accuse(chain.Rich, TwoVotes(Guilty, height: 2))));
    }

    [Fact]
    public void Evidence_holds_until_coins_could_have_left_and_not_much_longer()
    {
        var chain = new TestChain();
        chain.Next();
        for (var second = 0; second < 58; second++)
        {
            chain.Next();
        }

        Assert.Equal(TxResult.Accepted, chain.Outcome(chain.Accuse(chain.Rich, TwoVotes(Guilty))));
        for (var second = 0; second < 5; second++)
        {
            chain.Next();
        }

        Assert.Equal(TxResult.TooOld, chain.Outcome(chain.Accuse(chain.Rich, TwoVotes(Guilty))));
    }

    [Fact]
    public void Nested_evidence_is_read_no_deeper_than_its_bytes()
    {
        var chain = new TestChain();
        var inner = chain.Draft(chain.Rich, TransactionType.Evidence, Guilty.Address, parameters: TwoVotes(Guilty).Encode()).Sign(chain.Rich).Encode();
        var transactions = new ReadOnlyMemory<byte>[] { inner };
        var built = TestChain.WithBody(chain.Build(0), new BlockBody([.. transactions], null));
        var proposal = Proposal.Sign(TestChain.ChainId, 1, 0, null, built.Header.Encode(), Guilty);

        Assert.False(new Evidence.OfBadTransaction(proposal, inner, Merkle.Prove(transactions, 0)).Proves(chain.Parameters));
    }

    internal static Evidence TwoVotes(PrivateKey guilty, ulong height = 1) => new Evidence.OfTwoVotes(
        Vote.Sign(TestChain.ChainId, height, 0, VoteStep.Precommit, Keccak.Hash([1]), guilty),
        Vote.Sign(TestChain.ChainId, height, 0, VoteStep.Precommit, null, guilty));

    /// <summary>One of each kind, all of height 1.</summary>
    internal static IEnumerable<Evidence> All(TestChain chain)
    {
        var header = new TestChain().Build(0).Header;
        ReadOnlyMemory<byte>[] transactions = [.. TransactionTests.Refused.Values.Select(bad => (ReadOnlyMemory<byte>)bad()).Where(bytes => bytes.Length < 1000)];
        var holding = header with { TransactionsRoot = Merkle.Root(transactions) };
        yield return TwoVotes(Guilty);
        yield return new Evidence.OfTwoProposals(Propose(header.Encode()), Propose((header with { TimeMilliseconds = 9 }).Encode()));
        yield return BadHeader(1);
        yield return new Evidence.OfBadHeader(Propose((header with { BodyBytes = chain.Parameters.MaxBodyBytes + 1 }).Encode()));
        for (var i = 0; i < transactions.Length; i++)
        {
            yield return new Evidence.OfBadTransaction(Propose(holding.Encode()), transactions[i], Merkle.Prove(transactions, i));
        }
    }

    private static Evidence.OfBadHeader BadHeader(ulong height) => new(Proposal.Sign(TestChain.ChainId, height, 0, null, new byte[] { 1, 2, 3 }, Guilty));

    private static Proposal Propose(byte[] header) => Proposal.Sign(TestChain.ChainId, 1, 0, null, header, Guilty);
}
