using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Tests.Blocks;

public sealed class ChainTests
{
    [Fact]
    public void Moves_coins_and_pays_the_author()
    {
        var chain = new TestChain();
        var to = TestChain.Key(77).Address;
        var transfer = chain.Transfer(chain.Rich, to, Amount.FromVid(5));
        var result = chain.Next(transfer);

        Assert.Equal(transfer.Hash, Assert.Single(result.Transactions).Hash);
        Assert.Equal(Amount.FromVid(5), chain.State.Find(to).Balance);
        Assert.Equal(Amount.FromVid(1_000_000 - 5) - transfer.Fee, chain.Account(chain.Rich).Balance);
        Assert.Equal(Amount.FromVid(100) + chain.Parameters.BlockReward + transfer.Fee, chain.State.Find(chain.Head!.Author).Balance);
    }

    [Fact]
    public void Goes_on_for_many_blocks_with_equal_roots_after_a_restart()
    {
        var chain = new TestChain();
        for (var i = 0; i < 30; i++)
        {
            chain.Next(chain.Transfer(chain.Rich, TestChain.Key(i).Address, Amount.FromVid(1)));
        }

        var restarted = ChainState.Open(chain.Parameters, chain.Head!, chain.State.Tree.Leaves().Reverse());
        Assert.NotNull(restarted);
        Assert.Equal(chain.State.Root, restarted.Root);
        Assert.Equal(chain.State.Next().Voters.Hash, restarted.Next().Voters.Hash);
        Assert.Equal(chain.State.Next().Proposers.Of(0), restarted.Next().Proposers.Of(0));
        Assert.Equal(chain.State.Totals.Supply, restarted.Totals.Supply);
        Assert.Null(ChainState.Open(chain.Parameters, chain.Head!, chain.State.Tree.Leaves().Skip(1)));
    }

    [Fact]
    public void A_newcomer_votes_when_its_stake_was_held_for_the_window_and_leaves_by_unstaking()
    {
        var chain = new TestChain();
        var newcomer = TestChain.Key(9);
        chain.Next(chain.Transfer(chain.Rich, newcomer.Address, Amount.FromVid(3000)));
        chain.Next(chain.Stake(newcomer, new StakeOperation.Raise(), Amount.FromVid(2000)));
        chain.Next(chain.Register(newcomer, 64));
        Assert.Equal(-1, chain.State.VotersOf(chain.State.Height + 1).PlaceOf(newcomer.Address));
        chain.Silent.Add(newcomer.Address);
        for (var i = 0; i < 8; i++)
        {
            chain.Next();
        }

        Assert.Equal(Amount.FromVid(2000).Nano, chain.State.VotersOf(chain.State.Height + 1).PowerOf(newcomer.Address));

        chain.Next(chain.Stake(newcomer, new StakeOperation.Lower(), Amount.FromVid(1500)));
        Assert.Equal(-1, chain.State.VotersOf(chain.State.Height + 1).PlaceOf(newcomer.Address));
        var before = chain.Account(newcomer).Balance;
        for (var i = 0; i < 61; i++)
        {
            chain.Next();
        }

        Assert.Empty(chain.Account(newcomer).Bond!.Withdrawals);
        Assert.Equal(before + Amount.FromVid(1500), chain.Account(newcomer).Balance);
    }

    [Fact]
    public void Burns_all_stake_of_who_votes_twice_and_pays_the_reporter()
    {
        var chain = new TestChain(verifiers: 7);
        chain.Next();
        var guilty = chain.Verifiers[0];
        var evidence = new Evidence.OfTwoVotes(
            Vote.Sign(TestChain.ChainId, 1, 0, VoteStep.Prevote, Keccak.Hash([1]), guilty),
            Vote.Sign(TestChain.ChainId, 1, 0, VoteStep.Prevote, null, guilty));
        var before = chain.Account(chain.Rich).Balance;
        var accusation = chain.Accuse(chain.Rich, evidence);
        chain.Next(accusation);

        Assert.Equal(Amount.Zero, chain.Account(guilty).Stake);
        Assert.Equal(Jail.Tombstoned, chain.Account(guilty).Bond!.Jail);
        Assert.Equal(before - accusation.Fee + Amount.FromVid(100), chain.Account(chain.Rich).Balance);
        Assert.Equal(Amount.FromVid(900), chain.State.Totals.Burnt);
        Assert.Equal(-1, chain.State.VotersOf(chain.State.Height + 1).PlaceOf(guilty.Address));

        var again = chain.Build(0, chain.Accuse(chain.Rich, evidence));
        Assert.Empty(again.Result.Transactions);
    }

    [Fact]
    public void Jails_who_misses_precommits_in_a_row_until_it_asks_to_be_freed()
    {
        var chain = new TestChain(verifiers: 7);
        var absent = chain.Verifiers[0];
        chain.Silent.Add(absent.Address);
        for (var i = 0; i < 6; i++)
        {
            // some other verifier than the absent one makes the block
            chain.Next(chain.State.NextOrder().Of(0) == absent.Address ? 1u : 0u);
        }

        Assert.Equal(Jail.Jailed, chain.Account(absent).Bond!.Jail);
        Assert.Equal(-1, chain.State.VotersOf(chain.State.Height + 1).PlaceOf(absent.Address));
        chain.Next(chain.Stake(absent, new StakeOperation.Unjail()));
        Assert.True(chain.State.VotersOf(chain.State.Height + 1).PlaceOf(absent.Address) >= 0);
    }

    [Fact]
    public void Who_skips_its_turn_sits_out()
    {
        var chain = new TestChain();
        var alpha = chain.State.NextOrder().Of(0);
        chain.Next(round: 1);
        Assert.Equal(1 + chain.Parameters.ConfirmationWindow, chain.State.Find(alpha).Bond!.SitsOutUntil);
        for (var i = 0; i < 8; i++)
        {
            Assert.NotEqual(alpha, chain.State.NextOrder().Of(0));
            chain.Next();
        }
    }

    [Fact]
    public void Goes_on_when_the_last_who_may_propose_is_away()
    {
        var chain = new TestChain();
        var first = chain.State.NextOrder();
        var absent = first.Of(3);
        chain.Next(round: 3);
        Assert.Equal(absent, chain.Head!.Author);

        // the three others sit out, and this one's turn comes first; but theirs comes too
        var order = chain.State.NextOrder();
        Assert.Equal(absent, order.Of(0));
        Assert.Equal(4, Enumerable.Range(1, 4).Select(round => order.Of((uint)round)).Distinct().Count());
        chain.Next(order.Of(1) == absent ? 2u : 1u);
        Assert.NotEqual(absent, chain.Head.Author);
    }

    [Fact]
    public void Goes_on_without_reveals_when_nobody_has_one()
    {
        var chain = new TestChain();
        chain.Next([.. chain.Verifiers.Select(key => chain.Stake(key, new StakeOperation.Unregister()))]);
        chain.Next();
        Assert.Equal(Hash256.Zero, chain.Head!.Reveal);
        var (built, chosen) = (chain.Build(0), Keccak.Hash([1]));
        var wrong = built with { Header = built.Header with { Reveal = chosen, Seed = Beacon.Next(chain.State.Seed, chosen) } };
        Assert.Equal(BlockRefusal.WrongReveal, Assert.IsType<BlockOutcome.Refused>(chain.Try(wrong)).Reason);

        chain.Next([.. chain.Verifiers.Select(key => chain.Register(key, 512))]);
        for (var i = 0; i < 8; i++)
        {
            chain.Next();
        }

        Assert.NotEqual(Hash256.Zero, chain.Head.Reveal);
    }

    [Fact]
    public void Proves_an_account_to_who_knows_only_the_root()
    {
        var chain = new TestChain();
        chain.Next();
        var key = VideoMesh.Chain.Accounts.Account.KeyOf(chain.Rich.Address);
        var proof = StateProof.Decode(chain.State.Tree.Prove(key).Encode());
        Assert.True(proof.TryVerify(chain.Head!.StateRoot, key, out var value));
        Assert.Equal(chain.Account(chain.Rich), VideoMesh.Chain.Accounts.Account.Decode(value!.Value.AsSpan()));

        var nobody = VideoMesh.Chain.Accounts.Account.KeyOf(TestChain.Key(99).Address);
        var absence = StateProof.Decode(chain.State.Tree.Prove(nobody).Encode());
        Assert.True(absence.TryVerify(chain.Head.StateRoot, nobody, out var nothing));
        Assert.Null(nothing);
        Assert.False(proof.TryVerify(chain.Head.StateRoot, nobody, out _));
        Assert.False(proof.TryVerify(Hash256.Zero, key, out _));
    }
}
