using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Tests.Transactions;

public sealed class MempoolTests
{
    private readonly Dictionary<Address, AccountFunds> _funds = [];

    [Fact]
    public void The_dearest_go_first_each_after_those_of_its_account_before_it()
    {
        var pool = Pool();

        Add(pool, from: 1, nonce: 1, price: 90);
        Add(pool, from: 1, nonce: 0, price: 20);
        Add(pool, from: 2, nonce: 0, price: 50);
        Add(pool, from: 3, nonce: 0, price: 10);

        Assert.Equal(["2/0", "1/0", "1/1", "3/0"], Names(pool.Best(10, 1 << 20)));
        Assert.Equal(["2/0", "1/0"], Names(pool.Best(2, 1 << 20)));
        Assert.Equal(["2/0", "1/0"], Names(pool.Best(10, 250)));
    }

    [Fact]
    public void What_follows_a_gap_waits_until_the_gap_is_filled()
    {
        var pool = Pool();
        Add(pool, from: 1, nonce: 1);

        Assert.False(pool.HasReady);
        Assert.Empty(pool.Best(10, 1 << 20));
        Assert.Equal(0ul, pool.NextNonce(Account(1)));

        Add(pool, from: 1, nonce: 0);

        Assert.True(pool.HasReady);
        Assert.Equal(["1/0", "1/1"], Names(pool.Best(10, 1 << 20)));
        Assert.Equal(2ul, pool.NextNonce(Account(1)));
    }

    [Fact]
    public void Each_rule_refuses_by_its_name()
    {
        var pool = Pool();
        _funds[Account(1)] = new AccountFunds(5, new Amount(1000));
        Assert.Null(pool.Add(A(1, nonce: 5, price: 100, cost: 300)));

        Assert.Equal(MempoolRefusal.AlreadyKnown, pool.Add(A(1, nonce: 5, price: 100, cost: 300)));
        Assert.Equal(MempoolRefusal.NonceUsed, pool.Add(A(1, nonce: 4)));
        Assert.Equal(MempoolRefusal.NonceTooFarAhead, pool.Add(A(1, nonce: 5 + 4096)));
        Assert.Null(pool.Add(A(1, nonce: 4 + 4096, cost: 1)));
        Assert.Equal(MempoolRefusal.ReplacementUnderpriced, pool.Add(A(1, nonce: 5, price: 109, cost: 300)));
        Assert.Equal(MempoolRefusal.CannotPay, pool.Add(A(1, nonce: 6, cost: 700)));
        Assert.Equal(MempoolRefusal.Expired, pool.Add(A(1, nonce: 6, expiry: 9)));
        Assert.All(Enum.GetValues<MempoolRefusal>(), reason => Assert.EndsWith(".", reason.Sentence(), StringComparison.Ordinal));
    }

    [Fact]
    public void Who_offers_a_tenth_more_replaces_what_waits_and_only_the_new_cost_counts()
    {
        var pool = Pool();
        _funds[Account(1)] = new AccountFunds(0, new Amount(1000));
        Assert.Null(pool.Add(A(1, nonce: 0, price: 100, cost: 900)));

        Assert.Null(pool.Add(A(1, nonce: 0, price: 110, cost: 600)));

        Assert.Equal(1, pool.Count);
        Assert.Null(pool.Add(A(1, nonce: 1, cost: 400)));
        Assert.Equal(200, pool.Bytes);
    }

    [Fact]
    public void When_it_is_full_the_cheapest_makes_room_for_what_pays_more_and_for_nothing_else()
    {
        var pool = Pool(new MempoolOptions { MaxCount = 3 });
        Add(pool, from: 1, nonce: 0, price: 30);
        Add(pool, from: 2, nonce: 0, price: 10);
        Add(pool, from: 3, nonce: 0, price: 20);

        Assert.Equal(MempoolRefusal.Full, pool.Add(A(4, nonce: 0, price: 10)));
        Assert.Null(pool.Add(A(4, nonce: 0, price: 11)));

        Assert.Equal(["1/0", "3/0", "4/0"], Names(pool.Best(10, 1 << 20)));
    }

    [Fact]
    public void A_dear_one_at_the_end_does_not_shield_the_cheap_ones_before_it()
    {
        var pool = Pool(new MempoolOptions { MaxCount = 3 });
        Add(pool, from: 1, nonce: 0, price: 5);
        Add(pool, from: 1, nonce: 1, price: 1000);
        Add(pool, from: 2, nonce: 0, price: 10);

        Assert.Null(pool.Add(A(3, nonce: 0, price: 11)));
        Assert.Null(pool.Add(A(4, nonce: 0, price: 11)));

        Assert.Equal(["3/0", "4/0", "2/0"], Names(pool.Best(10, 1 << 20)));
    }

    [Fact]
    public void An_account_does_not_make_room_for_itself_at_the_cost_of_what_must_come_first()
    {
        var pool = Pool(new MempoolOptions { MaxCount = 2 });
        Add(pool, from: 1, nonce: 0, price: 5);
        Add(pool, from: 1, nonce: 1, price: 5);

        Assert.Equal(MempoolRefusal.Full, pool.Add(A(1, nonce: 2, price: 1000)));
        Assert.Equal(2, pool.Count);
    }

    [Fact]
    public void Bytes_are_bounded_too_and_a_refused_replacement_leaves_what_was_there()
    {
        var pool = Pool(new MempoolOptions { MaxBytes = 250 });
        Add(pool, from: 1, nonce: 0, price: 50);
        Add(pool, from: 2, nonce: 0, price: 60);

        Assert.Equal(MempoolRefusal.Full, pool.Add(A(3, nonce: 0, price: 40)));
        Assert.Equal(MempoolRefusal.Full, pool.Add(A(1, nonce: 0, price: 58, bytes: 200)));

        Assert.Equal(200, pool.Bytes);
        Assert.Equal(["2/0", "1/0"], Names(pool.Best(10, 1 << 20)));
    }

    [Fact]
    public void A_final_block_takes_away_what_it_holds_and_what_it_made_impossible()
    {
        var pool = Pool();
        _funds[Account(1)] = new AccountFunds(0, new Amount(1000));
        Add(pool, from: 1, nonce: 0, cost: 300);
        Add(pool, from: 1, nonce: 1, cost: 300);
        Add(pool, from: 1, nonce: 2, cost: 300);
        Add(pool, from: 2, nonce: 0, expiry: 10);
        Add(pool, from: 3, nonce: 0, expiry: 11);

        _funds[Account(1)] = new AccountFunds(1, new Amount(400));
        pool.Advance(11, [Account(1)]);

        Assert.Equal(["1/1", "3/0"], Names(pool.Best(10, 1 << 20)).Order(StringComparer.Ordinal));
        Assert.Equal(2, pool.Count);
        Assert.Null(pool.Add(A(1, nonce: 2, cost: 100)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_comes_in_whatever_order_counts_and_bounds_stay_right(int seed)
    {
        var random = new Random(seed);
        var options = new MempoolOptions { MaxCount = 40, MaxBytes = 5000, MaxPerAccount = 12 };
        var pool = Pool(options);
        for (var step = 0; step < 4000; step++)
        {
            var from = (uint)random.Next(8);
            if (random.Next(10) == 0)
            {
                var (nonce, balance) = Funds(Account(from));
                _funds[Account(from)] = new AccountFunds(nonce + (ulong)random.Next(4), new Amount((ulong)random.Next(3000)));
                pool.Advance(pool.NextHeight + (ulong)random.Next(2), [Account(from)]);
            }
            else
            {
                pool.Add(A(from, Funds(Account(from)).Nonce + (ulong)random.Next(14), (ulong)random.Next(1, 50), (ulong)random.Next(400), pool.NextHeight + (ulong)random.Next(30), random.Next(20, 300)));
            }

            var waiting = pool.Hashes.Select(hash => pool.Find(hash)!).ToList();
            Assert.Equal(waiting.Count, pool.Count);
            Assert.Equal(waiting.Sum(one => one.Encoded.Length), pool.Bytes);
            Assert.InRange(pool.Count, 0, options.MaxCount);
            Assert.InRange(pool.Bytes, 0, options.MaxBytes);
            var best = pool.Best(int.MaxValue, long.MaxValue).ToList();
            Assert.All(best.GroupBy(one => one.Sender), group => Assert.Equal(Enumerable.Range(0, group.Count()).Select(i => Funds(group.Key).Nonce + (ulong)i), group.Select(one => one.Nonce)));
            Assert.All(waiting.GroupBy(one => one.Sender), group => Assert.True(group.Sum(one => (long)one.MostCost.Nano) <= (long)Funds(group.Key).Balance.Nano));
            Assert.All(waiting, one => Assert.True(one.Expiry >= pool.NextHeight && one.Nonce >= Funds(one.Sender).Nonce));
            Assert.Equal(best.Count > 0, pool.HasReady);
        }
    }

    private static Address Account(uint number) => new([.. new byte[16], .. BitConverter.GetBytes(number)]);

    private static PooledTransaction A(uint from, ulong nonce, ulong price = 10, ulong cost = 1, ulong expiry = 1000, int bytes = 100)
    {
        var draft = new TransactionDraft
        {
            ChainId = "test",
            Type = TransactionType.Transfer,
            Nonce = nonce,
            Recipient = default,
            MaxWatts = 1_000_000,
            Price = new Amount(price),
            ExpiryHeight = expiry,
        };
        var name = new RlpWriter().StartList().Number(from).Number(nonce).Number(price).Number(cost).Number(expiry).Number((ulong)bytes).EndList().Keccak();
        return new PooledTransaction(new VerifiedTransaction(new Transaction(draft, default), Account(from), name, new byte[bytes]), new Amount(cost));
    }

    private static IEnumerable<string> Names(IEnumerable<PooledTransaction> transactions) =>
        transactions.Select(one => $"{BitConverter.ToUInt32(one.Sender.ToArray().AsSpan(16))}/{one.Nonce}");

    private static void Add(Mempool pool, uint from, ulong nonce, ulong price = 10, ulong cost = 1, ulong expiry = 1000) =>
        Assert.Null(pool.Add(A(from, nonce, price, cost, expiry)));

    private AccountFunds Funds(Address account) => _funds.GetValueOrDefault(account, new AccountFunds(0, new Amount(1_000_000)));

    private Mempool Pool(MempoolOptions? options = null) => new(options ?? new MempoolOptions(), nextHeight: 10, Funds);
}
