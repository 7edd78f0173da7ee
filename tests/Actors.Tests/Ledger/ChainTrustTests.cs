using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.VerifierPool;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Blocks;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Ledger;

/// <summary>Which chain a node goes on from, and when it must be told.</summary>
public sealed class ChainTrustTests() : LedgerActorTest(new TestChain(with: parameters => parameters with { Unbonding = TimeSpan.FromDays(14) }))
{
    private static readonly Hash256 Other = Keccak.Hash("other"u8);

    [Fact]
    public async Task Who_was_away_longer_than_stakes_stay_bonded_goes_on_only_with_a_checkpoint_that_is_new_to_it()
    {
        Append(Setting(new LedgerOptions()).Chain);
        Assert.Null(await FailureAsync(checkpoint: null));

        Time.Advance(TimeSpan.FromDays(15));

        Assert.Contains("--checkpoint HEIGHT:HASH", await FailureAsync(checkpoint: null), StringComparison.Ordinal);
        Assert.Null(await FailureAsync(new Checkpoint(7, Other)));
        Assert.Null(await FailureAsync(new Checkpoint(1, Chain.State.Block)));
    }

    [Fact]
    public async Task A_chain_with_another_block_than_the_checkpoint_is_not_gone_on_from()
    {
        Append(Setting(new LedgerOptions()).Chain);
        var first = Chain.State.Block;
        Append(Setting(new LedgerOptions()).Chain);

        Assert.Null(await FailureAsync(new Checkpoint(1, first)));
        Assert.Contains("not the one that --checkpoint names", await FailureAsync(new Checkpoint(1, Other)), StringComparison.Ordinal);

        Time.Advance(TimeSpan.FromDays(15));
        Assert.Contains("stakes stay bonded", await FailureAsync(new Checkpoint(1, first)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_final_block_that_the_checkpoint_excludes_is_not_taken_however_it_comes()
    {
        var setting = Setting(new LedgerOptions { Checkpoint = new Checkpoint(2, Other) });
        var ledger = System.ActorOf(Props.Create(() => new LedgerActor(setting)));
        var pool = NewProbe();
        pool.Tell(ledger, LedgerProtocol.Follow.Instance);
        await pool.Expect<VerifierPoolProtocol.HeightReady>();

        Conclude();
        await pool.Expect<VerifierPoolProtocol.HeightReady>();
        Conclude();
        await Eventually.TrueAsync(async () => (await StatusAsync(ledger)).Failure is not null);

        var status = await StatusAsync(ledger);
        Assert.Equal(1UL, status.State.Height);
        Assert.Contains("not the one that --checkpoint names", status.Failure, StringComparison.Ordinal);
        pool.ExpectNothingMore();

        void Conclude()
        {
            var block = Next();
            setting.Store.KeepBody(block.Header.Height, block.Header.BodyHash, block.Body);
            ledger.Tell(new LedgerProtocol.Conclude(block.Final));
        }
    }

    [Theory]
    [InlineData("0:0x0000000000000000000000000000000000000000000000000000000000000001")]
    [InlineData("1:0x01")]
    [InlineData("-1:0x0000000000000000000000000000000000000000000000000000000000000001")]
    [InlineData("1")]
    public void What_names_no_block_is_no_checkpoint(string text) => Assert.False(Checkpoint.TryParse(text, out _));

    private async Task<string?> FailureAsync(Checkpoint? checkpoint) => (await StatusAsync(NewLedger(new LedgerOptions { Checkpoint = checkpoint }))).Failure;
}
