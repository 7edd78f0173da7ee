using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Primitives;

namespace VideoMesh.Chain.Tests.Consensus;

public sealed class HashChainTests
{
    private static readonly Address Whose = new(Enumerable.Repeat((byte)3, Address.Size).ToArray());

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(100)]
    public void Each_reveal_is_the_preimage_of_the_one_before(uint length)
    {
        var chain = new HashChain(Whose, 7, Keccak.Hash("secret"u8), length);

        var head = chain.Head;
        for (uint used = 0; used < length; used++)
        {
            var reveal = chain.Reveal(used);
            Assert.True(HashChain.IsNext(Whose, Named(head, 7), reveal));
            Assert.False(HashChain.IsNext(Whose, Named(chain.Head, 7), reveal) && used > 0);
            head = reveal;
        }

        Assert.Equal(Keccak.Hash("secret"u8), head);
        Assert.Throws<ArgumentOutOfRangeException>(() => chain.Reveal(length));
    }

    [Fact]
    public void Links_that_were_revealed_reveal_nothing_when_they_are_named_again_or_by_somebody_else()
    {
        var chain = new HashChain(Whose, 0, Keccak.Hash("secret"u8), 10);
        var links = Enumerable.Range(0, 10).Select(used => chain.Reveal((uint)used)).Prepend(chain.Head).ToList();

        Assert.Equal(10, links.SelectMany(head => links, (head, reveal) => HashChain.IsNext(Whose, Named(head, 0), reveal)).Count(isNext => isNext));
        Assert.DoesNotContain(true, links.SelectMany(head => links, (head, reveal) => HashChain.IsNext(Whose, Named(head, 1), reveal) || HashChain.IsNext(default, Named(head, 0), reveal)));
    }

    private static RevealChain Named(Hash256 head, ulong number) => new(head, 5, 0, number);

    [Fact]
    public void A_key_has_one_chain_for_each_network_and_number()
    {
        using var key = A.Key(1);
        using var other = A.Key(2);

        var heads = new[]
        {
            HashChain.Of(key, "a", 0, 10).Head, HashChain.Of(key, "b", 0, 10).Head, HashChain.Of(key, "a", 1, 10).Head, HashChain.Of(other, "a", 0, 10).Head,
        };

        Assert.Equal(4, heads.Distinct().Count());
        Assert.Equal(heads[0], HashChain.Of(key, "a", 0, 10).Head);
    }

    [Fact]
    public void The_beacon_depends_on_every_reveal()
    {
        var (seed, reveal) = (Keccak.Hash("seed"u8), Keccak.Hash("reveal"u8));

        Assert.Equal(Beacon.Next(seed, reveal), Beacon.Next(seed, reveal));
        Assert.NotEqual(Beacon.Next(seed, reveal), Beacon.Next(reveal, seed));
        Assert.NotEqual(Beacon.Next(seed, reveal), Beacon.Next(seed, seed));
    }
}
