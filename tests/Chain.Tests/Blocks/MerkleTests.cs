using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Blocks;

public sealed class MerkleTests
{
    [Fact]
    public void Shows_each_item_of_lists_of_any_length_and_no_other()
    {
        for (var count = 1; count <= 40; count++)
        {
            var items = Items(count);
            var root = Merkle.Root(items);
            for (var i = 0; i < count; i++)
            {
                var path = Merkle.Prove(items, i);
                var writer = new RlpWriter();
                path.WriteTo(writer);
                var reader = new RlpReader(writer.Written, 4096);
                var read = MerklePath.ReadFrom(ref reader);

                Assert.True(read.Leads(items[i].Span, root));
                Assert.False(read.Leads(items[(i + 1) % (count + 1) % items.Length].Span, root) && count > 1);
                Assert.False(read.Leads([99, 99, 99], root));
            }
        }
    }

    [Fact]
    public void Order_and_number_are_in_the_root()
    {
        var roots = Enumerable.Range(0, 30).Select(count => Merkle.Root(Items(count))).Append(Merkle.Root([.. Items(7).Reverse()])).ToList();

        Assert.Equal(roots.Count, roots.Distinct().Count());
        Assert.Equal(Hash256.Zero, roots[0]);
    }

    [Fact]
    public void A_node_cannot_pass_for_an_item()
    {
        var items = Items(2);
        Span<byte> inner = stackalloc byte[64];
        Keccak.Hash([0, .. items[0].Span]).CopyTo(inner);
        Keccak.Hash([0, .. items[1].Span]).CopyTo(inner[32..]);

        Assert.False(new MerklePath([]).Leads(inner, Merkle.Root(items)));
    }

    private static ReadOnlyMemory<byte>[] Items(int count) => [.. Enumerable.Range(0, count).Select(n => (ReadOnlyMemory<byte>)new byte[] { (byte)n, 1 })];
}
