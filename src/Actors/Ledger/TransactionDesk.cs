using System.Collections.Immutable;
using Google.Protobuf;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Ledger;

/// <summary>Where transactions come in: signatures are recovered elsewhere, a batch at a time; what is right waits and is told to peers. One owner, the ledger actor.</summary>
internal sealed class TransactionDesk(LedgerSetting setting, IActorRef owner, Action flushSoon)
{
    private readonly ChainKeeper _chain = setting.Chain;
    private readonly Mempool _pool = new(setting.Options.Mempool, setting.Chain.NextHeight, address => FundsOf(setting.Chain, address));
    private readonly TransactionGossip _gossip = new(setting.Mesh, setting.Options, setting.Time);
    private int _inWork;

    /// <summary>How many wait.</summary>
    public int Waiting => _pool.Count;

    /// <summary>Whether the next block could hold any.</summary>
    public bool HasReady => _pool.HasReady;

    /// <summary>One that waits, by hash. Any thread may ask.</summary>
    public VerifiedTransaction? Find(Hash256 hash) => _pool.Find(hash)?.Transaction;

    public ulong NextNonce(Address address) => _pool.NextNonce(address);

    /// <summary>Whether the next block could hold no more than what waits.</summary>
    public bool FillsBlock
    {
        get
        {
            var parameters = _chain.Parameters;
            bool Fill(int count, long bytes) => count >= parameters.MaxTransactions || bytes + parameters.MaxTransactionBytes > parameters.MaxBodyBytes;
            return Fill(_pool.Count, _pool.Bytes) && Best() is var best && Fill(best.Count, best.Sum(transaction => (long)transaction.Encoded.Length));
        }
    }

    public IReadOnlyList<VerifiedTransaction> Best() => [.. _pool.Best(_chain.Parameters.MaxTransactions, _chain.Parameters.MaxBodyBytes).Select(waiting => waiting.Transaction)];

    /// <summary>From this node itself.</summary>
    /// <returns>Whether it waits for a block now.</returns>
    public bool Take(Transaction transaction)
    {
        if (!Transaction.TryVerify(transaction.Encode(), _chain.Parameters, out var verified, out var refusal))
        {
            throw new InvalidOperationException($"A transaction of this node's own is not one: {refusal}.");
        }

        return Take(verified, from: null).Reason is null;
    }

    public void Up(Address peer) => _gossip.Up(peer, _pool.Hashes);

    public void Down(Address peer) => _gossip.Down(peer);

    public void Flush()
    {
        if (_gossip.Flush(_pool.Contains))
        {
            flushSoon();
        }
    }

    public void Advance(ulong nextHeight, IEnumerable<Address> touched)
    {
        _pool.Advance(nextHeight, touched);

        // else it would hold up its account's others until it expires
        foreach (var hopeless in _pool.Intricate.Where(waiting => Try(waiting.Transaction) is not null).ToList())
        {
            _pool.Drop(hopeless);
        }

        _gossip.Tidy();
    }

    /// <summary>From a client of this node.</summary>
    public void Submit(LedgerProtocol.Submit submit, IActorRef sender)
    {
        if (_inWork >= setting.Options.MaxBatchesInWork || submit.Transactions.Length > setting.Options.MaxBatchTransactions)
        {
            sender.Tell(new LedgerProtocol.Submitted([.. submit.Transactions.Select(_ => SubmitOutcome.TooBusy)]));
            return;
        }

        Read(submit.Transactions, sender, from: null);
    }

    /// <summary>From a peer.</summary>
    public void Receive(Address from, IMessage message)
    {
        switch (message)
        {
            case Wire.Transactions { Items: var items } when items.Count <= TransactionGossip.MaxItems && _gossip.Admits(from, items.Count) && _inWork < setting.Options.MaxBatchesInWork:
                Read([.. items.Select(item => item.Memory)], ActorRefs.Nobody, from);
                break;
            case Wire.TransactionsHeld held when TransactionGossip.Split(held.Hashes) is { } hashes:
                _gossip.Ask(from, hashes.Where(hash => !_pool.Contains(hash)));
                break;
            case Wire.TransactionsWanted wanted when TransactionGossip.Split(wanted.Hashes) is { } hashes && _gossip.Admits(from, hashes.Count):
                if (_gossip.Answer(from, hashes.Select(_pool.Find).OfType<PooledTransaction>()))
                {
                    flushSoon();
                }

                break;
        }
    }

    /// <summary>A batch has been read: what is right waits from now on, and then the sender hears of it.</summary>
    public void Take(BatchRead batch)
    {
        _inWork = Math.Max(0, _inWork - 1);
        var outcomes = ImmutableArray.CreateBuilder<SubmitOutcome>(batch.Readings.Length);
        foreach (var reading in batch.Readings)
        {
            outcomes.Add(reading is ({ } verified, _) ? Take(verified, batch.From) : new SubmitOutcome(null, reading.Result.ToString(), reading.Result.Sentence()));
        }

        batch.Sender.Tell(new LedgerProtocol.Submitted(outcomes.MoveToImmutable()));
    }

    private SubmitOutcome Take(VerifiedTransaction transaction, Address? from)
    {
        if (!_pool.Contains(transaction.Hash) && Try(transaction) is { } hopeless)
        {
            return new SubmitOutcome(transaction.Hash, hopeless.ToString(), hopeless.Sentence());
        }

        var waiting = PooledTransaction.Of(transaction);
        var refusal = _pool.Add(waiting);
        if (refusal is null && _gossip.Add(waiting, from))
        {
            flushSoon();
        }

        return new SubmitOutcome(transaction.Hash, refusal?.ToString(), refusal?.Sentence());
    }

    /// <summary>The rule that keeps a transaction out of every block until its account changes; null if there is none, or others of the account come first. About a transfer, nonce and
    /// funds say it all, and the pool looks at those.</summary>
    private TxResult? Try(VerifiedTransaction transaction) =>
        transaction.Draft.Type != TransactionType.Transfer && transaction.Draft.Nonce == _chain.State.Find(transaction.Sender).Nonce
        && BlockBuilder.Try(_chain.State, transaction) is var result and not TxResult.Accepted && !result.MayPass()
            ? result
            : null;

    private void Read(ImmutableArray<ReadOnlyMemory<byte>> transactions, IActorRef sender, Address? from)
    {
        _inWork++;
        var parameters = _chain.Parameters;
        _ = Task.Run(() => new BatchRead(Transaction.VerifyMany(transactions, parameters, Find), sender, from)).PipeTo(owner);
    }

    private static AccountFunds FundsOf(ChainKeeper chain, Address address)
    {
        var account = chain.State.Find(address);
        return new AccountFunds(account.Nonce, account.Balance);
    }

    /// <summary>Signatures were recovered.</summary>
    internal sealed record BatchRead(ImmutableArray<(VerifiedTransaction? Verified, TxResult Result)> Readings, IActorRef Sender, Address? From);
}
