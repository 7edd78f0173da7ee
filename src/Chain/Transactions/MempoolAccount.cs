using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Transactions;

/// <summary>The waiting transactions of one account, by nonce, with gaps where something has yet to come.</summary>
internal sealed class MempoolAccount(Address address)
{
    private readonly SortedList<ulong, PooledTransaction> _byNonce = [];

    /// <summary>Whose last transaction goes first when room is needed: the one that pays least, and of equals the one that came last.</summary>
    public static IComparer<MempoolAccount> ByTail { get; } = Comparer<MempoolAccount>.Create((a, b) =>
        a.LeastPrice != b.LeastPrice ? a.LeastPrice.CompareTo(b.LeastPrice)
        : a.LastArrival != b.LastArrival ? b.LastArrival.CompareTo(a.LastArrival)
        : a.Address.CompareTo(b.Address));

    public Address Address => address;

    public PooledTransaction? First => _byNonce.Count == 0 ? null : _byNonce.GetValueAtIndex(0);

    public PooledTransaction? Last => _byNonce.Count == 0 ? null : _byNonce.GetValueAtIndex(_byNonce.Count - 1);

    /// <summary>The lowest price that any of them offers: what the last one is worth to who makes blocks, since the others come first.</summary>
    public Amount LeastPrice => Last?.LeastPrice ?? Amount.Zero;

    /// <summary>What all of them may cost, in nano-VID.</summary>
    public UInt128 MostCost { get; private set; }

    private ulong LastArrival => Last?.Arrival ?? 0;

    public PooledTransaction? Find(ulong nonce) => _byNonce.GetValueOrDefault(nonce);

    /// <summary>What <see cref="PooledTransaction.LeastPrice"/> of a transaction would be here.</summary>
    public Amount LeastPriceWith(PooledTransaction transaction) =>
        _byNonce.Values.Where(waiting => waiting.Nonce < transaction.Nonce).Select(waiting => waiting.Price).Append(transaction.Price).Min();

    public void Add(PooledTransaction transaction)
    {
        _byNonce.Add(transaction.Nonce, transaction);
        MostCost += transaction.MostCost.Nano;
        Review(_byNonce.IndexOfKey(transaction.Nonce));
    }

    public void Remove(PooledTransaction transaction)
    {
        _byNonce.Remove(transaction.Nonce);
        MostCost -= transaction.MostCost.Nano;
    }

    /// <summary>Works the least prices out anew, after something in front has gone.</summary>
    public void Review(int from = 0)
    {
        for (var i = from; i < _byNonce.Count; i++)
        {
            var transaction = _byNonce.GetValueAtIndex(i);
            transaction.LeastPrice = i > 0 && _byNonce.GetValueAtIndex(i - 1).LeastPrice < transaction.Price ? _byNonce.GetValueAtIndex(i - 1).LeastPrice : transaction.Price;
        }
    }

    /// <summary>The first nonce from <paramref name="nonce"/> on of which nothing waits.</summary>
    public ulong FirstGap(ulong nonce)
    {
        while (_byNonce.ContainsKey(nonce))
        {
            nonce++;
        }

        return nonce;
    }

    /// <summary>A walk over those that follow one another from <paramref name="nonce"/> on.</summary>
    public Cursor StartAt(ulong nonce) => new(this, nonce);

    internal readonly struct Cursor(MempoolAccount account, ulong nonce)
    {
        /// <summary>Null at the end, or at a gap.</summary>
        public PooledTransaction? Current => account.Find(nonce);

        public Cursor Next() => new(account, nonce + 1);
    }
}
