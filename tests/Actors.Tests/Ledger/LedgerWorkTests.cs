using System.Collections.Immutable;
using System.Text;
using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.Tests.Engine;
using VideoMesh.Actors.VerifierPool;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Blocks;
using VideoMesh.Chain.Transactions;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Ledger;

/// <summary>What waits for a block, how much that is, and when the next one is due because of it.</summary>
public sealed class LedgerWorkTests() : LedgerActorTest(new TestChain(with: parameters => parameters with { MaxTransactions = 3 }))
{
    private static readonly Address Poor = TestChain.Key(77).Address;

    [Fact]
    public async Task As_soon_as_a_full_block_waits_the_pool_hears_of_it_once()
    {
        var (pool, ledger) = (NewProbe(), NewLedger());
        pool.Tell(ledger, LedgerProtocol.Follow.Instance);
        Assert.Equal(BlockWork.None, (await pool.Expect<VerifierPoolProtocol.HeightReady>()).Work);

        await SubmitAsync(ledger, 0);
        await pool.Expect(new VerifierPoolProtocol.WorkArrived(BlockWork.Some));
        await SubmitAsync(ledger, 1);
        await SubmitAsync(ledger, 2);
        await pool.Expect(new VerifierPoolProtocol.WorkArrived(BlockWork.FullBlock));

        await SubmitAsync(ledger, 3);
        await StatusAsync(ledger);
        pool.ExpectNothingMore();
    }

    [Fact]
    public async Task What_the_next_block_cannot_hold_yet_fills_none()
    {
        var (pool, ledger) = (NewProbe(), NewLedger());
        pool.Tell(ledger, LedgerProtocol.Follow.Instance);
        await pool.Expect<VerifierPoolProtocol.HeightReady>();

        await SubmitAsync(ledger, 1, 2, 3);
        Assert.Equal(3, (await StatusAsync(ledger)).Waiting);
        pool.ExpectNothingMore();

        await SubmitAsync(ledger, 0);
        await pool.Expect(new VerifierPoolProtocol.WorkArrived(BlockWork.FullBlock));
    }

    [Fact]
    public async Task A_full_pool_refuses_by_name_what_offers_no_more()
    {
        var ledger = NewLedger(new LedgerOptions { Mempool = new MempoolOptions { MaxCount = 2 } });

        var outcomes = await SubmitAsync(ledger, 0, 1, 2);

        Assert.Equal([null, null, nameof(MempoolRefusal.Full)], outcomes.Select(outcome => outcome.Reason));
    }

    [Fact]
    public async Task What_waits_is_not_verified_again_when_it_comes_again()
    {
        var owner = NewProbe();
        var desk = new TransactionDesk(Setting(new LedgerOptions()), owner.Ref, () => { });
        var first = await ReadAsync();
        var unknown = await ReadAsync();
        desk.Take(first);

        var known = await ReadAsync();

        Assert.NotSame(first.Readings[0].Verified, unknown.Readings[0].Verified);
        Assert.Same(first.Readings[0].Verified, known.Readings[0].Verified);

        Task<TransactionDesk.BatchRead> ReadAsync()
        {
            desk.Submit(new LedgerProtocol.Submit([Transfer(0)]), ActorRefs.Nobody);
            return owner.Expect<TransactionDesk.BatchRead>();
        }
    }

    [Fact]
    public async Task What_no_block_could_hold_is_refused_by_name_and_holds_up_nothing_of_its_account()
    {
        var ledger = NewLedger();
        var lower = Chain.Stake(Chain.Rich, new StakeOperation.Lower(), new Amount(1));

        var outcomes = await SubmitAsync(ledger, lower.Encoded, lower.Encoded, Transfer(0));

        Assert.Equal([nameof(TxResult.StakeTooLow), nameof(TxResult.StakeTooLow), null], outcomes.Select(outcome => outcome.Reason));
        Assert.Equal(1, (await StatusAsync(ledger)).Waiting);
    }

    [Fact]
    public void What_only_comes_too_early_waits()
    {
        var desk = new TransactionDesk(Setting(new LedgerOptions()), NewProbe().Ref, () => { });

        Assert.True(desk.Take(Chain.Accuse(Chain.Verifiers[0], new Evidence.OfTwoVotes(Prevote(5, "one"), Prevote(5, "other"))).Transaction));

        Assert.Equal(1, desk.Waiting);
    }

    [Fact]
    public void What_a_block_made_impossible_goes_and_what_comes_after_it_gets_its_turn()
    {
        var setting = Setting(new LedgerOptions());
        var desk = new TransactionDesk(setting, NewProbe().Ref, () => { });
        var (first, second) = (Chain.Verifiers[0], Chain.Verifiers[1]);
        var votes = new Evidence.OfTwoVotes(Prevote(1, "one"), Prevote(1, "other"));
        var (mine, theirs) = (Chain.Accuse(first, votes), Chain.Accuse(second, votes));
        Assert.True(desk.Take(mine.Transaction));
        var (before, nonce) = (desk.Waiting, desk.NextNonce(first.Address));

        Append(setting.Chain, theirs);
        desk.Advance(setting.Chain.NextHeight, [second.Address]);

        Assert.Equal((1, 1UL), (before, nonce));
        Assert.Equal((0, 0UL), (desk.Waiting, desk.NextNonce(first.Address)));
        Assert.False(desk.Take(mine.Transaction));
        Assert.True(desk.Take(Chain.Transfer(first, Poor, new Amount(1)).Transaction));
    }

    private Vote Prevote(ulong height, string block) => Vote.Sign(TestChain.ChainId, height, 0, VoteStep.Prevote, Keccak.Hash(Encoding.UTF8.GetBytes(block)), Chain.Verifiers[2]);

    private async Task<ImmutableArray<SubmitOutcome>> SubmitAsync(IActorRef ledger, params ulong[] ahead) =>
        await SubmitAsync(ledger, [.. ahead.Select(Transfer)]);

    private static async Task<ImmutableArray<SubmitOutcome>> SubmitAsync(IActorRef ledger, params ReadOnlyMemory<byte>[] encoded) =>
        (await ledger.Ask<LedgerProtocol.Submitted>(new LedgerProtocol.Submit([.. encoded]), Eventually.Limit)).Outcomes;

    private ReadOnlyMemory<byte> Transfer(ulong ahead) => Chain.Transfer(Chain.Rich, Poor, new Amount(1), ahead).Encoded;
}
