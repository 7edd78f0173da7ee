using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Primitives;

/// <summary>What addresses and the two kinds of hash share: one spelling, byte order, value equality.</summary>
public sealed class ValueTests
{
    [Fact]
    public void Content_is_named_by_its_SHA_256()
    {
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", ContentHash.Of([]).ToString());
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", ContentHash.Of("abc"u8).ToString());
    }

    [Fact]
    public void Hashes_round_trip_through_text_and_bytes() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), data =>
        {
            var content = ContentHash.Of(data);
            var hash = Keccak.Hash(data);
            return ContentHash.Parse(content.ToString()) == content && new ContentHash(content.ToArray()) == content
                && content.ToArray().SequenceEqual(SHA256.HashData(data))
                && Hash256.Parse(hash.ToString()) == hash && new Hash256(hash.ToArray()) == hash;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Addresses_round_trip_through_text_of_either_case_and_bytes() =>
        Prop.ForAll(Bytes(Address.Size), bytes =>
        {
            var address = new Address(bytes);
            return Address.Parse(address.ToString()) == address
                && Address.Parse("0x" + Convert.ToHexString(bytes)) == address
                && new Address(address.ToArray()) == address
                && address.ToArray().SequenceEqual(bytes);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("7e5f4552091a69125d5dfcb7b8c2659029395bdf")]
    [InlineData("0X7e5f4552091a69125d5dfcb7b8c2659029395bdf")]
    [InlineData("0x7e5f4552091a69125d5dfcb7b8c2659029395bd")]
    [InlineData("0x7e5f4552091a69125d5dfcb7b8c2659029395bdff")]
    [InlineData("0x7e5f4552091a69125d5dfcb7b8c2659029395bdg")]
    [InlineData("0x7e5f4552091a69125d5dfcb7b8c2659029395b\uff11f")]
    [InlineData(" 0x7e5f4552091a69125d5dfcb7b8c2659029395bd")]
    public void Refuses_other_spellings_of_an_address(string? text)
    {
        Assert.False(Address.TryParse(text, out var address));
        Assert.Equal(default, address);
        Assert.Throws<FormatException>(() => Address.Parse(text!));
    }

    [Fact]
    public void Refuses_other_spellings_of_a_hash()
    {
        var content = ContentHash.Of("abc"u8).ToString();
        var hash = Keccak.Hash("abc"u8).ToString();

        Assert.All([null, "", content[1..], content + "0", content.ToUpperInvariant(), "0x" + content, content[1..] + "g"], text =>
        {
            Assert.False(ContentHash.TryParse(text, out var parsed));
            Assert.Equal(default, parsed);
            Assert.Throws<FormatException>(() => ContentHash.Parse(text!));
        });
        Assert.All([null, "", hash[1..], hash + "0", "0x" + hash[2..].ToUpperInvariant(), hash[2..], "0X" + hash[2..]], text =>
        {
            Assert.False(Hash256.TryParse(text, out var parsed));
            Assert.Equal(default, parsed);
            Assert.Throws<FormatException>(() => Hash256.Parse(text!));
        });
    }

    [Fact]
    public void Refuses_bytes_of_another_length()
    {
        Assert.Throws<ArgumentException>(() => new Address(new byte[19]));
        Assert.Throws<ArgumentException>(() => new Address(new byte[21]));
        Assert.Throws<ArgumentException>(() => new ContentHash(new byte[31]));
        Assert.Throws<ArgumentException>(() => new ContentHash(new byte[33]));
        Assert.Throws<ArgumentException>(() => new Hash256(new byte[31]));
        Assert.Throws<ArgumentException>(() => new Hash256(new byte[33]));
    }

    [Fact]
    public void Are_ordered_as_their_bytes_are() =>
        Prop.ForAll(Bytes(32), Bytes(32), ArbMap.Default.ArbFor<byte>(), (left, right, common) =>
        {
            // Random values differ early: a shared beginning reaches the later words too.
            left.AsSpan(0, common % 33).CopyTo(right);
            var expected = Math.Sign(left.AsSpan().SequenceCompareTo(right));
            var addresses = (Left: new Address(left.AsSpan(0, 20)), Right: new Address(right.AsSpan(0, 20)));
            var expectedAddresses = Math.Sign(left.AsSpan(0, 20).SequenceCompareTo(right.AsSpan(0, 20)));
            return Math.Sign(new ContentHash(left).CompareTo(new ContentHash(right))) == expected
                && Math.Sign(new Hash256(left).CompareTo(new Hash256(right))) == expected
                && (new Hash256(left) < new Hash256(right)) == (expected < 0)
                && (new Hash256(left) >= new Hash256(right)) == (expected >= 0)
                && Math.Sign(addresses.Left.CompareTo(addresses.Right)) == expectedAddresses
                && (addresses.Left == addresses.Right) == (expectedAddresses == 0)
                && (addresses.Left <= addresses.Right) == (expectedAddresses <= 0);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Equal_values_share_a_hash_code_and_crafted_ones_do_not()
    {
        Assert.Equal(ContentHash.Of("abc"u8).GetHashCode(), ContentHash.Of("abc"u8).GetHashCode());
        Assert.Equal(Address.Parse("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf").GetHashCode(), Address.Parse("0x7E5F4552091A69125D5DFCB7B8C2659029395BDF").GetHashCode());

        // Equal halves of each word cancel out in a plain exclusive-or.
        var crafted = Enumerable.Range(1, 1000).Select(i =>
        {
            var bytes = new byte[32];
            BitConverter.TryWriteBytes(bytes.AsSpan(0), i);
            BitConverter.TryWriteBytes(bytes.AsSpan(4), i);
            return (Content: new ContentHash(bytes).GetHashCode(), Account: new Address(bytes.AsSpan(0, 20)).GetHashCode());
        }).ToList();
        Assert.InRange(crafted.Select(codes => codes.Content).Distinct().Count(), 990, 1000);
        Assert.InRange(crafted.Select(codes => codes.Account).Distinct().Count(), 990, 1000);
    }

    private static Arbitrary<byte[]> Bytes(int length) =>
        Gen.ArrayOf(Gen.Choose(0, 255), length).Select(values => values.Select(v => (byte)v).ToArray()).ToArbitrary();
}
