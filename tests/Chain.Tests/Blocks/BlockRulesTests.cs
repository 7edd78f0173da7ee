using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Tests.Blocks;

/// <summary>Why a block cannot be the next one.</summary>
public sealed class BlockRulesTests
{
    private static readonly Hash256 Other = Keccak.Hash("other"u8);

    // each changes one thing in a block that is right
    private static readonly Dictionary<BlockRefusal, Func<TestChain, BuiltBlock, BuiltBlock>> Wrong = new()
    {
        [BlockRefusal.WrongChain] = Header(header => header with { ChainId = "another" }),
        [BlockRefusal.WrongHeight] = Header(header => header with { Height = header.Height + 1 }),
        [BlockRefusal.WrongParent] = Header(header => header with { ParentHash = Other }),
        [BlockRefusal.RoundTooFar] = Header(header => header with { Round = uint.MaxValue }),
        [BlockRefusal.TimeNotAfterParent] = (chain, block) => block with { Header = block.Header with { TimeMilliseconds = chain.State.TimeMilliseconds } },
        [BlockRefusal.BodyTooLarge] = Header(header => header with { BodyBytes = uint.MaxValue }),
        [BlockRefusal.WrongBody] = (_, block) => block with { Body = [.. block.Body[..^1], 9] },
        [BlockRefusal.MalformedBody] = (_, block) => WithBytes(block, [.. block.Body, 0]),
        [BlockRefusal.WrongTransactionsRoot] = Header(header => header with { TransactionsRoot = Other }),
        [BlockRefusal.WrongCertificate] = (_, block) => TestChain.WithBody(block, new BlockBody([], null)),
        [BlockRefusal.WrongVoters] = Header(header => header with { VotersHash = Other }),
        [BlockRefusal.WrongAuthor] = (chain, block) => block with { Header = block.Header with { Author = chain.State.NextOrder().Of(1) } },
        [BlockRefusal.WrongReveal] = (chain, block) => block with { Header = block.Header with { Reveal = Other, Seed = Beacon.Next(chain.State.Seed, Other) } },
        [BlockRefusal.WrongSeed] = Header(header => header with { Seed = Other }),
        [BlockRefusal.InvalidTransaction] = (chain, block) => TestChain.WithBody(block, new BlockBody([new byte[] { 1, 2, 3 }], chain.Certificate)),
        [BlockRefusal.InapplicableTransaction] = (chain, block) => TestChain.WithBody(block, new BlockBody([chain.Transfer(chain.Rich, default, new Amount(1), ahead: 1).Encoded], chain.Certificate)),
        [BlockRefusal.WrongStateRoot] = Header(header => header with { StateRoot = Other }),
        [BlockRefusal.WrongNextVoters] = Header(header => header with { NextVotersHash = Other }),
    };

    public static TheoryData<BlockRefusal> All => [.. Enum.GetValues<BlockRefusal>()];

    [Fact]
    public void Transactions_that_were_verified_before_are_taken_as_they_are()
    {
        var chain = new TestChain();
        var transfer = chain.Transfer(chain.Rich, TestChain.Key(77).Address, new Amount(1));
        var block = chain.Build(0, transfer);

        // who looks at the signature finds the rich one; who does not, one that cannot pay
        var believed = transfer with { Sender = TestChain.Key(9).Address };

        Assert.IsType<BlockOutcome.Accepted>(BlockRules.Apply(chain.State, block.Header, block.Body, _ => null));
        Assert.Equal(
            BlockRefusal.InapplicableTransaction,
            Assert.IsType<BlockOutcome.Refused>(BlockRules.Apply(chain.State, block.Header, block.Body, hash => hash == transfer.Hash ? believed : null)).Reason);
    }

    // a catalogue that grows without a story here fails
    [Theory]
    [MemberData(nameof(All))]
    public void Each_rule_refuses_a_block_that_breaks_it_alone(BlockRefusal expected)
    {
        var chain = new TestChain();
        chain.Next();
        var right = chain.Build(0, chain.Transfer(chain.Rich, TestChain.Key(77).Address, new Amount(1)));
        Assert.IsType<BlockOutcome.Accepted>(chain.Try(right));

        Assert.Equal(expected, Refusal(chain, Wrong[expected](chain, right)));
    }

    [Fact]
    public void Only_what_bytes_alone_show_can_burn()
    {
        Assert.Equal([BlockRefusal.BodyTooLarge, BlockRefusal.InvalidTransaction], Enum.GetValues<BlockRefusal>().Where(refusal => refusal.IsProvableMisbehaviour()));
        Assert.Equal(Enum.GetValues<BlockRefusal>().Length, Enum.GetValues<BlockRefusal>().Select(refusal => refusal.Sentence()).Distinct().Count());
    }

    [Fact]
    public void Says_which_transaction_is_at_fault_and_why()
    {
        var chain = new TestChain();
        var (good, late) = (chain.Transfer(chain.Rich, default, new Amount(1)), chain.Transfer(chain.Rich, default, new Amount(1), ahead: 5));
        var refused = Assert.IsType<BlockOutcome.Refused>(chain.Try(TestChain.WithBody(chain.Build(0), new BlockBody([good.Encoded, late.Encoded], null))));
        Assert.Equal((BlockRefusal.InapplicableTransaction, 1, TxResult.NonceGap), (refused.Reason, refused.Transaction, refused.TransactionResult));

        refused = Assert.IsType<BlockOutcome.Refused>(chain.Try(TestChain.WithBody(chain.Build(0), new BlockBody([good.Encoded, new byte[] { 0xC0 }], null))));
        Assert.Equal((BlockRefusal.InvalidTransaction, 1, TxResult.Malformed), (refused.Reason, refused.Transaction, refused.TransactionResult));
    }

    [Fact]
    public void A_certificate_of_another_block_or_of_too_few_shows_nothing()
    {
        var chain = new TestChain();
        chain.Next();
        var built = chain.Build(0);
        var certificate = chain.Certificate!;
        CommitCertificate[] wrong =
        [
            certificate with { Height = 2 }, certificate with { Block = Other }, certificate with { Round = 7 },
            certificate with { Precommits = certificate.Precommits[..2] },
        ];

        Assert.All(wrong, bad => Assert.Equal(BlockRefusal.WrongCertificate, Refusal(chain, TestChain.WithBody(built, new BlockBody([], bad)))));
    }

    [Fact]
    public void The_first_block_carries_no_certificate()
    {
        var (chain, ahead) = (new TestChain(), new TestChain());
        ahead.Next();

        Assert.Equal(BlockRefusal.WrongCertificate, Refusal(chain, TestChain.WithBody(chain.Build(0), new BlockBody([], ahead.Certificate))));
    }

    [Fact]
    public void A_block_from_a_later_round_belongs_to_who_proposes_there()
    {
        var chain = new TestChain();
        var (alpha, beta) = (chain.State.NextOrder().Of(0), chain.State.NextOrder().Of(1));

        Assert.Equal(beta, chain.Build(1).Header.Author);
        Assert.Equal(BlockRefusal.WrongAuthor, Refusal(chain, chain.Build(1) with { Header = chain.Build(1).Header with { Author = alpha } }));
    }

    [Fact]
    public void A_builder_takes_what_applies_in_the_order_given_and_leaves_out_the_rest()
    {
        var chain = new TestChain(with: parameters => parameters with { MaxTransactions = 3 });
        VerifiedTransaction Pay(ulong ahead) => chain.Transfer(chain.Rich, TestChain.Key(77).Address, new Amount(1), ahead);
        var result = chain.Next(Pay(1), Pay(0), Pay(0), Pay(1), Pay(2), Pay(3));

        Assert.Equal([0UL, 1UL, 2UL], result.Transactions.Select(transaction => transaction.Draft.Nonce));
    }

    [Fact]
    public void A_builder_keeps_to_the_size_of_a_body()
    {
        var chain = new TestChain(with: parameters => parameters with { MaxBodyBytes = 64 << 10 });
        var many = Enumerable.Range(0, 500).Select(n => chain.Transfer(chain.Rich, TestChain.Key(77).Address, new Amount(1), (ulong)n)).ToArray();
        var built = chain.Build(0, many);

        Assert.InRange(built.Result.Transactions.Length, 200, 499);
        Assert.True(built.Header.BodyBytes <= chain.Parameters.MaxBodyBytes);
        Assert.IsType<BlockOutcome.Accepted>(chain.Try(built));
    }

    [Fact]
    public void A_body_is_read_as_it_was_written_and_within_bounds()
    {
        var chain = new TestChain();
        chain.Next();
        var body = new BlockBody([chain.Transfer(chain.Rich, default, new Amount(1)).Encoded, new byte[] { 7 }], chain.Certificate);
        var read = BlockBody.Decode(body.Encode(), chain.Parameters);

        Assert.Equal(body.Encode(), read.Encode());
        Assert.Equal(body.Root, read.Root);
        Assert.Equal(RlpRefusal.TooLong, Refusal(body, chain.Parameters with { MaxTransactions = 1 }));
        Assert.Equal(RlpRefusal.TooLong, Refusal(body, chain.Parameters with { MaxTransactionBytes = 100 }));
        Assert.Equal(RlpRefusal.TooLong, Refusal(body, chain.Parameters with { MaxBodyBytes = 100 }));
    }

    [Fact]
    public void What_absent_voters_would_have_earned_is_never_made()
    {
        var chain = new TestChain();
        chain.Next();
        chain.Silent.Add(chain.State.VotersOf(2).Voters[3].Address);
        chain.Next();
        var before = chain.State.Totals.Issued;
        chain.Next();

        var made = chain.State.Totals.Issued - before;
        Assert.InRange(made.Nano, chain.Parameters.BlockReward.Nano * 86 / 100, chain.Parameters.BlockReward.Nano * 89 / 100);
    }

    [Fact]
    public void No_more_coins_are_made_than_can_be_counted()
    {
        var chain = new TestChain(with: parameters => parameters with { BlockReward = new Amount(ulong.MaxValue / 2) });
        for (var i = 0; i < 6; i++)
        {
            chain.Next();
        }

        Assert.True(chain.State.Totals.Supply.Nano > ulong.MaxValue / 2);
    }

    private static BlockRefusal Refusal(TestChain chain, BuiltBlock block) => Assert.IsType<BlockOutcome.Refused>(chain.Try(block)).Reason;

    private static RlpRefusal Refusal(BlockBody body, ChainParameters parameters) =>
        Assert.Throws<RlpException>(() => BlockBody.Decode(body.Encode(), parameters)).Reason;

    private static Func<TestChain, BuiltBlock, BuiltBlock> Header(Func<BlockHeader, BlockHeader> change) => (_, block) => block with { Header = change(block.Header) };

    private static BuiltBlock WithBytes(BuiltBlock block, byte[] body) =>
        block with { Body = body, Header = block.Header with { BodyHash = ContentHash.Of(body), BodyBytes = (uint)body.Length } };
}
