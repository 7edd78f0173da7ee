using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Tests.Engine;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;
using VideoMesh.TestKit;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Tests.Ledger;

public sealed class TransactionGossipTests : EngineTest
{
    private static readonly LedgerOptions s_slow = new() { GossipBytesPerSecond = 10_000 };
    private static readonly Address s_peer = new(Enumerable.Repeat((byte)1, Address.Size).ToArray());
    private static readonly Address s_other = new(Enumerable.Repeat((byte)2, Address.Size).ToArray());

    private readonly ManualTime _time = new();

    [Fact]
    public void A_link_carries_votes_besides_all_the_transactions_a_peer_is_sent()
    {
        var (ledger, link) = (new LedgerOptions(), new MeshOptions { Chain = "c" });

        // a node sends half of what a peer may, and a quarter of it at once
        Assert.True(ledger.GossipBytesPerSecond <= 0.8 * link.BytesPerSecond / 2);
        Assert.True(ledger.GossipBytesPerSecond <= 0.8 * link.ByteBurst / 4);
    }

    [Fact]
    public async Task Each_peer_gets_as_much_as_its_link_leaves_room_for_and_in_the_end_everything_in_order()
    {
        var mesh = NewProbe();
        var gossip = new TransactionGossip(mesh.Ref, s_slow, _time);
        gossip.Up(s_peer, []);
        gossip.Up(s_other, []);
        var sent = Transactions(300);
        Assert.True(gossip.Add(sent[0], from: null));
        Assert.All(sent.Skip(1), transaction => Assert.False(gossip.Add(transaction, from: null)));

        var (got, elapsed) = (new Dictionary<Address, List<Hash256>> { [s_peer] = [], [s_other] = [] }, TimeSpan.Zero);
        for (var isDue = true; isDue; _time.Advance(s_slow.GossipInterval), elapsed += s_slow.GossipInterval)
        {
            isDue = gossip.Flush(_ => true);
            foreach (var (to, hashes) in await SentAsync(mesh))
            {
                got[to].AddRange(hashes);
            }

            Assert.All(got.Values, hashes => Assert.True(hashes.Count * sent[0].Encoded.Length <= s_slow.GossipBytesPerSecond * (1 + elapsed.TotalSeconds)));
        }

        Assert.All(got.Values, hashes => Assert.Equal(sent.Select(transaction => transaction.Hash), hashes));
        Assert.InRange(elapsed.TotalSeconds, 2, 6);
    }

    [Fact]
    public async Task What_a_block_took_while_it_waited_for_its_turn_is_not_sent_any_more()
    {
        var mesh = NewProbe();
        var gossip = new TransactionGossip(mesh.Ref, s_slow, _time);
        gossip.Up(s_peer, []);
        foreach (var transaction in Transactions(200))
        {
            gossip.Add(transaction, from: null);
        }

        Assert.True(gossip.Flush(_ => true));
        Assert.NotEmpty(await SentAsync(mesh));
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.False(gossip.Flush(_ => false));
        Assert.Empty(await SentAsync(mesh));
    }

    [Fact]
    public async Task Who_asks_for_more_than_may_be_looked_at_in_a_while_makes_no_more_wait()
    {
        var mesh = NewProbe();
        var gossip = new TransactionGossip(mesh.Ref, new LedgerOptions { TransactionBurst = 40 }, _time);
        gossip.Up(s_peer, []);
        var asked = Transactions(100);
        Assert.True(gossip.Answer(s_peer, asked));
        gossip.Answer(s_peer, asked);

        var count = 0;
        for (var isDue = true; isDue; _time.Advance(TimeSpan.FromSeconds(1)))
        {
            isDue = gossip.Flush(_ => true);
            count += (await SentAsync(mesh)).Sum(message => message.Hashes.Count);
        }

        Assert.Equal(40, count);
    }

    [Fact]
    public async Task A_stranger_gets_no_answer_and_a_peer_that_left_nothing_more()
    {
        var mesh = NewProbe();
        var gossip = new TransactionGossip(mesh.Ref, s_slow, _time);
        gossip.Up(s_peer, []);
        gossip.Add(Transactions(1)[0], from: null);
        gossip.Down(s_peer);

        Assert.False(gossip.Answer(s_peer, Transactions(1)));
        Assert.False(gossip.Flush(_ => true));
        Assert.Empty(await SentAsync(mesh));
    }

    // nothing here looks at the signature
    private static List<PooledTransaction> Transactions(int count)
    {
        using var key = PrivateKey.Create();
        return [.. Enumerable.Range(0, count).Select(n => Of(key, (ulong)n))];
    }

    private static PooledTransaction Of(PrivateKey key, ulong nonce)
    {
        // nonces of one length, so that all are equally long
        var transaction = new TransactionDraft
        {
            ChainId = "c", Type = TransactionType.Transfer, Nonce = 1000 + nonce, Recipient = s_peer, Amount = new Amount(1), MaxWatts = 1_000_000, Price = new Amount(1), ExpiryHeight = 9,
        }.Sign(key);
        var encoded = transaction.Encode();
        return PooledTransaction.Of(new VerifiedTransaction(transaction, key.Address, Keccak.Hash(encoded), encoded));
    }

    /// <summary>What the mesh was told to send since the last time.</summary>
    private static async Task<List<(Address To, IReadOnlyList<Hash256> Hashes)>> SentAsync(Probe mesh)
    {
        var end = new object();
        mesh.Ref.Tell(end);
        List<(Address, IReadOnlyList<Hash256>)> sent = [];
        for (var message = await mesh.Expect<object>(); message != end; message = await mesh.Expect<object>())
        {
            var send = Assert.IsType<MeshProtocol.Send>(message);
            sent.Add((send.To, [.. Assert.IsType<Wire.Transactions>(send.Message).Items.Select(item => Keccak.Hash(item.Span))]));
        }

        return sent;
    }
}
