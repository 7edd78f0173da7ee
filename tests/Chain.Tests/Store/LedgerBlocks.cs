using System.Buffers.Binary;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Store;

namespace VideoMesh.Chain.Tests.Store;

/// <summary>A chain of blocks that are right as far as a store looks: each counts itself in one leaf and in one of ten others.</summary>
internal static class LedgerBlocks
{
    public const string ChainId = "test-chain";

    public static Hash256 Genesis { get; } = Keccak.Hash("genesis"u8);

    private static readonly Hash256 s_counter = Keccak.Hash("counter"u8);

    public static LedgerStore Open(string path) => LedgerStore.Open(path, ChainId, Genesis);

    public static byte[] Body(ulong height, int bytes = 3000)
    {
        var body = new byte[bytes];
        BinaryPrimitives.WriteUInt64BigEndian(body, height);
        return body;
    }

    public static StoredBlock Block(ulong height)
    {
        var body = Body(height);
        var header = new BlockHeader
        {
            ChainId = ChainId,
            Height = height,
            Round = 0,
            ParentHash = Genesis,
            TimeMilliseconds = height,
            Author = default,
            TransactionsRoot = Genesis,
            BodyHash = ContentHash.Of(body),
            BodyBytes = (uint)body.Length,
            StateRoot = Genesis,
            VotersHash = Genesis,
            NextVotersHash = Genesis,
            Reveal = Genesis,
            Seed = Genesis,
        };
        return new StoredBlock(new FinalBlock(header.Encode(), new CommitCertificate(height, 0, header.Hash, [])), body);
    }

    public static Hash256 Transaction(ulong height, int index) => Keccak.Hash([.. Number(height), (byte)index]);

    public static void Add(LedgerStore store, ulong height)
    {
        store.KeepBody(height, ContentHash.Of(Body(height)), Body(height));
        store.Append(
            Block(height),
            [Transaction(height, 0), Transaction(height, 1)],
            [new StateChange(s_counter, Number(height)), new StateChange(Leaf(height), Number(height)), new StateChange(Leaf(height + 5), null)]);
    }

    /// <summary>How many blocks there are, after a look at whether all of each is there and nothing of the next.</summary>
    public static ulong Check(LedgerStore store)
    {
        var head = store.Head()?.Certificate.Height ?? 0;
        var leaves = store.Leaves().ToDictionary(leaf => leaf.Key, leaf => BinaryPrimitives.ReadUInt64BigEndian(leaf.Value));
        Assert.Equal(head, leaves.GetValueOrDefault(s_counter));
        for (ulong height = 1; height <= head; height++)
        {
            var block = store.FindBlock(height)!;
            Assert.Equal(Block(height).Header, block.Header);
            Assert.Equal(block.Header.BodyHash, ContentHash.Of(block.Body.Span));
            Assert.Equal(new TransactionPlace(height, 1), Assert.Single(store.FindTransaction(Transaction(height, 1))));
            Assert.Equal(height > head - Math.Min(head, 5) ? height : 0, leaves.GetValueOrDefault(Leaf(height)) == height ? height : 0);
        }

        Assert.Null(store.FindBlock(head + 1));
        Assert.Empty(store.FindTransaction(Transaction(head + 1, 0)));
        return head;
    }

    private static Hash256 Leaf(ulong height) => Keccak.Hash([(byte)(height % 10)]);

    private static byte[] Number(ulong number)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        return bytes;
    }
}
