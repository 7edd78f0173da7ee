using System.Collections.Concurrent;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Transactions;

/// <summary>What of an account decides about its waiting transactions.</summary>
/// <param name="Nonce">Of its next transaction.</param>
/// <param name="Balance">What it can spend.</param>
public readonly record struct AccountFunds(ulong Nonce, Amount Balance);

/// <summary>
/// Transactions that wait for a block: for each account in the order of their nonces, bounded in number and bytes, the dearest first. When it is full, what pays least makes
/// room: of all accounts' last transactions the one with the lowest price that it or one before it in its account offers, so nobody can shield cheap transactions with a
/// dear one at the end. Deterministic; no clock, no chance. One owner; only <see cref="Find"/> may be asked by any thread.
/// </summary>
/// <param name="nextHeight">The height of the next block.</param>
/// <param name="funds">The accounts after the last final block.</param>
public sealed class Mempool(MempoolOptions options, ulong nextHeight, Func<Address, AccountFunds> funds)
{
    private readonly ConcurrentDictionary<Hash256, PooledTransaction> _byHash = new();
    private readonly Dictionary<Address, MempoolAccount> _accounts = [];
    private readonly SortedSet<MempoolAccount> _cheapest = new(MempoolAccount.ByTail);
    private readonly Dictionary<Hash256, PooledTransaction> _intricate = [];
    private ulong _arrivals;

    /// <summary>How many wait.</summary>
    public int Count => _byHash.Count;

    /// <summary>Their hashes, in no particular order.</summary>
    public IEnumerable<Hash256> Hashes => _byHash.Keys;

    /// <summary>Their encodings together, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether the next block could hold any of them.</summary>
    public bool HasReady => _accounts.Any(pair => pair.Value.Find(funds(pair.Key).Nonce) is not null);

    /// <summary>Those of which more than nonce and funds decides whether a block can hold them: all but transfers.</summary>
    public IEnumerable<PooledTransaction> Intricate => _intricate.Values;

    /// <summary>The height of the next block.</summary>
    public ulong NextHeight { get; private set; } = nextHeight;

    public bool Contains(Hash256 hash) => _byHash.ContainsKey(hash);

    public PooledTransaction? Find(Hash256 hash) => _byHash.GetValueOrDefault(hash);

    /// <summary>The nonce that an account's next transaction should have, those that wait included.</summary>
    public ulong NextNonce(Address address) => _accounts.TryGetValue(address, out var account) ? account.FirstGap(funds(address).Nonce) : funds(address).Nonce;

    /// <summary>Takes a transaction whose signature and form are right.</summary>
    /// <returns>Null when it waits now; else why it does not.</returns>
    public MempoolRefusal? Add(PooledTransaction transaction)
    {
        var (nonce, balance) = funds(transaction.Sender);
        var account = _accounts.GetValueOrDefault(transaction.Sender);
        var replaced = account?.Find(transaction.Nonce);
        if (Check(transaction, nonce, balance, account, replaced) is { } refusal)
        {
            return refusal;
        }

        if (replaced is not null)
        {
            Remove(replaced);
        }

        // before it is in, so that it cannot be what makes room
        if (!MakeRoomFor(transaction))
        {
            if (replaced is not null)
            {
                Insert(replaced);
            }

            return MempoolRefusal.Full;
        }

        Insert(transaction);
        return null;
    }

    /// <summary>Those for the next block, the dearest first, each after those of its account that come before it.</summary>
    /// <param name="maxBytes">Of their encodings together.</param>
    public IEnumerable<PooledTransaction> Best(int maxCount, long maxBytes)
    {
        var heads = new PriorityQueue<MempoolAccount.Cursor, (ulong Dearness, ulong Arrival)>();
        foreach (var (address, account) in _accounts)
        {
            Enqueue(account.StartAt(funds(address).Nonce));
        }

        while (maxCount > 0 && heads.TryDequeue(out var cursor, out _))
        {
            var best = cursor.Current!;
            if (best.Encoded.Length > maxBytes)
            {
                continue;
            }

            maxCount--;
            maxBytes -= best.Encoded.Length;
            yield return best;
            Enqueue(cursor.Next());
        }

        void Enqueue(MempoolAccount.Cursor cursor)
        {
            if (cursor.Current is { } current)
            {
                heads.Enqueue(cursor, (ulong.MaxValue - current.Price.Nano, current.Arrival));
            }
        }
    }

    /// <summary>A block is final: lets go of what it holds, or what it made impossible.</summary>
    /// <param name="height">Of the next block.</param>
    /// <param name="touched">Accounts that the block changed.</param>
    public void Advance(ulong height, IEnumerable<Address> touched)
    {
        NextHeight = height;
        foreach (var address in touched)
        {
            if (_accounts.TryGetValue(address, out var account))
            {
                var (nonce, balance) = funds(address);
                while (account.First is { } first && first.Nonce < nonce)
                {
                    Remove(first);
                }

                if (account.First is null)
                {
                    continue;
                }

                _cheapest.Remove(account);
                account.Review();
                _cheapest.Add(account);
                while (account.Last is { } last && account.MostCost > balance.Nano)
                {
                    Remove(last);
                }
            }
        }

        foreach (var expired in _byHash.Values.Where(waiting => waiting.Expiry < height).ToList())
        {
            Remove(expired);
        }
    }

    /// <summary>Lets go of one that waits. Those of its account that come after it wait on, for another in its place.</summary>
    public void Drop(PooledTransaction waiting)
    {
        Remove(waiting);
        if (_accounts.TryGetValue(waiting.Sender, out var account))
        {
            _cheapest.Remove(account);
            account.Review();
            _cheapest.Add(account);
        }
    }

    private MempoolRefusal? Check(PooledTransaction transaction, ulong nonce, Amount balance, MempoolAccount? account, PooledTransaction? replaced)
    {
        if (Contains(transaction.Hash))
        {
            return MempoolRefusal.AlreadyKnown;
        }

        if (transaction.Expiry < NextHeight)
        {
            return MempoolRefusal.Expired;
        }

        if (transaction.Nonce < nonce)
        {
            return MempoolRefusal.NonceUsed;
        }

        if (transaction.Nonce - nonce >= (ulong)options.MaxPerAccount)
        {
            return MempoolRefusal.NonceTooFarAhead;
        }

        if (replaced is not null && transaction.Price.Nano < replaced.Price.Nano + Math.Max(1, replaced.Price.Nano / 100 * options.ReplacementPercent))
        {
            return MempoolRefusal.ReplacementUnderpriced;
        }

        var others = (account?.MostCost ?? 0) - (replaced?.MostCost.Nano ?? 0);
        return others + transaction.MostCost.Nano > balance.Nano ? MempoolRefusal.CannotPay : null;
    }

    private bool MakeRoomFor(PooledTransaction transaction)
    {
        var account = _accounts.GetValueOrDefault(transaction.Sender);
        Amount? worth = null;
        while (Count + 1 > options.MaxCount || Bytes + transaction.Encoded.Length > options.MaxBytes)
        {
            var price = worth ??= account?.LeastPriceWith(transaction) ?? transaction.Price;
            if (_cheapest.Min is not { } cheapest || cheapest.LeastPrice >= price || cheapest == account)
            {
                return false;
            }

            Remove(cheapest.Last!);
        }

        return true;
    }

    private void Insert(PooledTransaction transaction)
    {
        transaction.Arrival = ++_arrivals;
        if (!_accounts.TryGetValue(transaction.Sender, out var account))
        {
            account = new MempoolAccount(transaction.Sender);
            _accounts.Add(transaction.Sender, account);
        }

        _cheapest.Remove(account);
        account.Add(transaction);
        _cheapest.Add(account);
        _byHash[transaction.Hash] = transaction;
        if (transaction.Transaction.Draft.Type != TransactionType.Transfer)
        {
            _intricate.Add(transaction.Hash, transaction);
        }

        Bytes += transaction.Encoded.Length;
    }

    private void Remove(PooledTransaction transaction)
    {
        var account = _accounts[transaction.Sender];
        _cheapest.Remove(account);
        account.Remove(transaction);
        if (account.First is null)
        {
            _accounts.Remove(transaction.Sender);
        }
        else
        {
            _cheapest.Add(account);
        }

        _byHash.TryRemove(transaction.Hash, out _);
        _intricate.Remove(transaction.Hash);
        Bytes -= transaction.Encoded.Length;
    }
}
