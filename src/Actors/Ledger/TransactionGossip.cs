using Google.Protobuf;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Ledger;

/// <summary>Which transactions go to which peers: those of this node's clients whole and at once, those of other nodes by hash, so that who has them already does not get
/// them again. Gathered, so that no message is about one transaction, and paced below what the peer looks at and the link carries, so that votes never wait behind transactions and
/// none is dropped. One owner.</summary>
internal sealed class TransactionGossip(IActorRef mesh, LedgerOptions options, TimeProvider time)
{
    /// <summary>The most transactions in one message.</summary>
    public const int MaxItems = 500;

    /// <summary>The most hashes in one message.</summary>
    public const int MaxHashes = 1000;

    // Leaves room for the lengths of all items.
    private const int MaxPayload = FrameCodec.MaxPlainBytes - 4096;

    // Of what the peer admits: it may be held up for a while and then find much at once.
    private const double RateShare = 0.9;
    private const double BurstShare = 0.25;

    private readonly Dictionary<Address, Peer> _peers = [];
    private readonly List<PooledTransaction> _own = [];
    private readonly List<(Address From, Hash256 Hash)> _held = [];
    private readonly Dictionary<Hash256, TimeSpan> _asked = [];
    private bool _isDue;

    private TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>A peer is there; what waited before it came it hears of now.</summary>
    public void Up(Address peer, IEnumerable<Hash256> waiting)
    {
        if (_peers.TryAdd(peer, new Peer(options, time)))
        {
            Tell(peer, waiting);
        }
    }

    public void Down(Address peer) => _peers.Remove(peer);

    /// <summary>Whether so many transactions of this peer may be looked at now.</summary>
    public bool Admits(Address peer, int count) => _peers.TryGetValue(peer, out var known) && known.Admitted.TryTake(count);

    /// <summary>Waits for <see cref="Flush"/>.</summary>
    /// <param name="from">Null: a client of this node.</param>
    /// <returns>Whether a flush must be planned.</returns>
    public bool Add(PooledTransaction transaction, Address? from)
    {
        _asked.Remove(transaction.Hash);
        if (from is { } peer)
        {
            _held.Add((peer, transaction.Hash));
        }
        else
        {
            _own.Add(transaction);
        }

        return BecomesDue();
    }

    /// <summary>Sends of what waited as much as the pace allows.</summary>
    /// <param name="waits">Whether a transaction still waits for a block.</param>
    /// <returns>Whether another flush must be planned.</returns>
    public bool Flush(Func<Hash256, bool> waits)
    {
        _isDue = false;
        foreach (var (address, peer) in _peers)
        {
            _own.ForEach(peer.Waiting.Enqueue);
            foreach (var message in Pack(peer.Take(waits)))
            {
                Send(address, message);
            }

            Tell(address, _held.Where(held => held.From != address).Select(held => held.Hash));
        }

        _own.Clear();
        _held.Clear();
        return _peers.Values.Any(peer => peer.Waiting.Count > 0) && BecomesDue();
    }

    /// <summary>Asks a peer for those of its transactions that nobody was asked for lately.</summary>
    public void Ask(Address peer, IEnumerable<Hash256> unknown)
    {
        var now = Now;
        var wanted = unknown.Where(hash => !_asked.TryGetValue(hash, out var asked) || now - asked > options.AskAgainAfter).Distinct().ToList();
        foreach (var hash in wanted)
        {
            _asked[hash] = now;
        }

        if (wanted.Count > 0)
        {
            Send(peer, new Wire.TransactionsWanted { Hashes = Join(wanted) });
        }
    }

    /// <summary>Forgets what was asked for and never came.</summary>
    public void Tidy()
    {
        var now = Now;
        foreach (var hash in _asked.Where(asked => now - asked.Value > options.AskAgainAfter).Select(asked => asked.Key).ToList())
        {
            _asked.Remove(hash);
        }
    }

    /// <summary>Gives a peer what it asked for, with the next <see cref="Flush"/>.</summary>
    /// <returns>Whether one must be planned.</returns>
    public bool Answer(Address to, IEnumerable<PooledTransaction> transactions)
    {
        if (!_peers.TryGetValue(to, out var peer))
        {
            return false;
        }

        // who asks faster than it can be answered asks again
        foreach (var transaction in transactions.Take(Math.Max(0, (int)options.TransactionBurst - peer.Waiting.Count)))
        {
            peer.Waiting.Enqueue(transaction);
        }

        return peer.Waiting.Count > 0 && BecomesDue();
    }

    /// <summary>The hashes in a message; null when they are not hashes, or too many.</summary>
    public static IReadOnlyList<Hash256>? Split(ByteString hashes)
    {
        if (hashes.Length % Hash256.Size != 0 || hashes.Length > MaxHashes * Hash256.Size)
        {
            return null;
        }

        var split = new Hash256[hashes.Length / Hash256.Size];
        for (var i = 0; i < split.Length; i++)
        {
            split[i] = new Hash256(hashes.Span.Slice(i * Hash256.Size, Hash256.Size));
        }

        return split;
    }

    private static IEnumerable<Wire.Transactions> Pack(IEnumerable<PooledTransaction> transactions)
    {
        var message = new Wire.Transactions();
        var bytes = 0;
        foreach (var transaction in transactions)
        {
            if (message.Items.Count == MaxItems || bytes + transaction.Encoded.Length > MaxPayload)
            {
                yield return message;
                (message, bytes) = (new Wire.Transactions(), 0);
            }

            message.Items.Add(UnsafeByteOperations.UnsafeWrap(transaction.Encoded));
            bytes += transaction.Encoded.Length;
        }

        if (bytes > 0)
        {
            yield return message;
        }
    }

    private static ByteString Join(IReadOnlyList<Hash256> hashes)
    {
        var bytes = new byte[hashes.Count * Hash256.Size];
        for (var i = 0; i < hashes.Count; i++)
        {
            hashes[i].CopyTo(bytes.AsSpan(i * Hash256.Size));
        }

        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    private void Tell(Address peer, IEnumerable<Hash256> hashes)
    {
        foreach (var chunk in hashes.Chunk(MaxHashes))
        {
            Send(peer, new Wire.TransactionsHeld { Hashes = Join(chunk) });
        }
    }

    private bool BecomesDue()
    {
        var becomes = !_isDue;
        _isDue = true;
        return becomes;
    }

    private void Send(Address to, IMessage message) => mesh.Tell(new MeshProtocol.Send(to, message));

    /// <summary>What a peer may send, and what waits to be sent to it.</summary>
    private sealed class Peer(LedgerOptions options, TimeProvider time)
    {
        private readonly TokenBucket _pace = new(time, options.TransactionsPerSecond * RateShare, options.TransactionBurst * BurstShare);
        private readonly TokenBucket _bytes = new(time, options.GossipBytesPerSecond, options.GossipBytesPerSecond);

        public TokenBucket Admitted { get; } = new(time, options.TransactionsPerSecond, options.TransactionBurst);

        public Queue<PooledTransaction> Waiting { get; } = [];

        public IEnumerable<PooledTransaction> Take(Func<Hash256, bool> waits)
        {
            while (Waiting.TryPeek(out var next))
            {
                if (waits(next.Hash))
                {
                    if (_pace.WaitFor(1) > TimeSpan.Zero || !_bytes.TryTake(next.Encoded.Length))
                    {
                        yield break;
                    }

                    _ = _pace.TryTake(1);
                    yield return next;
                }

                _ = Waiting.Dequeue();
            }
        }
    }
}
