using VideoMesh.Actors.Ledger;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Chain.Tests.Blocks;
using VideoMesh.Chain.Transactions;
using VideoMesh.Client.Node.Chain;

namespace VideoMesh.Client.Tests.Chain;

/// <summary>A real chain without consensus: what it takes is in the next block at once, unless it is told to let things wait.</summary>
internal sealed class FakeLedger : IChainView
{
    private readonly Lock _gate = new();
    private readonly List<StoredBlock> _blocks = [];

    public TestChain Chain { get; } = new(began: TimeProvider.System.GetUtcNow());

    /// <summary>Transactions that came, each time they came.</summary>
    public List<Hash256> Came { get; } = [];

    /// <summary>Take transactions, and make no block of them.</summary>
    public bool LetsWait { get; set; }

    /// <summary>Has no room but for so many more transactions.</summary>
    public int Room { get; set; } = int.MaxValue;

    /// <summary>How many of the next submissions are done without an answer arriving.</summary>
    public int LostAnswers { get; set; }

    public Hash256 Genesis => Chain.Genesis.Hash;

    public BlockFeed Feed { get; } = new();

    public Hash256 Head => Chain.State.Block;

    public void Next(params VerifiedTransaction[] transactions)
    {
        lock (_gate)
        {
            var built = Chain.Build(0, transactions);
            _ = Chain.Next(transactions);
            var block = new StoredBlock(new FinalBlock(built.Header.Encode(), Chain.Certificate!), built.Body);
            _blocks.Add(block);
            Feed.Publish(BlockSummary.Of(block, built.Result.Transactions.Length));
        }
    }

    public Task<ChainStatus> StatusAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(new ChainStatus(HeadNow(), 0, false, null));
        }
    }

    public Task<(ChainHead Head, ulong NextNonce)> AccountAsync(Address address, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult((HeadNow(), Chain.State.Find(address).Nonce));
        }
    }

    public Task<IReadOnlyList<SubmitOutcome>> SubmitAsync(IReadOnlyList<ReadOnlyMemory<byte>> transactions, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            IReadOnlyList<SubmitOutcome> outcomes = [.. transactions.Select(Take)];
            if (LostAnswers > 0)
            {
                LostAnswers--;
                throw new AskTimeoutException("lost");
            }

            return Task.FromResult(outcomes);
        }
    }

    public StoredBlock? FindBlock(ulong height)
    {
        lock (_gate)
        {
            return _blocks.Find(block => block.Header.Height == height);
        }
    }

    public StoredBlock? FindBlock(Hash256 hash)
    {
        lock (_gate)
        {
            return _blocks.Find(block => block.Header.Hash == hash);
        }
    }

    public IReadOnlyList<TransactionPlace> FindTransaction(Hash256 hash)
    {
        lock (_gate)
        {
            return [.. _blocks.SelectMany(block => VideoMesh.Chain.Blocks.BlockBody.Decode(block.Body, Chain.Parameters).Transactions
                .Select((encoded, index) => (Hash: Keccak.Hash(encoded.Span), Place: new TransactionPlace(block.Header.Height, index)))
                .Where(found => found.Hash == hash).Select(found => found.Place))];
        }
    }

    private ChainHead HeadNow() => new(Chain.State, _blocks.Count == 0 ? null : _blocks[^1].Final);

    private SubmitOutcome Take(ReadOnlyMemory<byte> encoded)
    {
        if (!Transaction.TryVerify(encoded, Chain.Parameters, out var transaction, out var refusal))
        {
            return Refused(null, refusal);
        }

        Came.Add(transaction.Hash);
        if (Room-- <= 0)
        {
            return new SubmitOutcome(transaction.Hash, nameof(MempoolRefusal.Full), MempoolRefusal.Full.Sentence());
        }

        if (LetsWait)
        {
            return new SubmitOutcome(transaction.Hash, null, null);
        }

        var sender = Chain.State.Find(transaction.Sender);
        if (sender.Nonce > transaction.Draft.Nonce)
        {
            return Refused(transaction.Hash, TxResult.NonceUsed);
        }

        if (Chain.Build(0, transaction).Result.Transactions.IsEmpty)
        {
            return Refused(transaction.Hash, TxResult.CannotPay);
        }

        Next(transaction);
        return new SubmitOutcome(transaction.Hash, null, null);
    }

    private static SubmitOutcome Refused(Hash256? hash, TxResult result) => new(hash, result.ToString(), result.Sentence());
}
