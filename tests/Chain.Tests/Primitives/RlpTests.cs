using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Primitives;

public sealed class RlpTests
{
    [Fact]
    public void Whatever_is_written_is_read_back() =>
        Prop.ForAll(Trees().ToArbitrary(), tree => string.Equals(RlpTree.Read(tree.Write()).ToString(), tree.ToString(), StringComparison.Ordinal)).QuickCheckThrowOnFailure();

    [Fact]
    public void Whatever_is_accepted_has_this_one_encoding() =>
        Check(500, Prop.ForAll(Mutants().ToArbitrary(), IsRefusedByNameOrCanonical));

    [Fact]
    public void Any_bytes_are_refused_by_name_or_canonical() =>
        Check(1000, Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), IsRefusedByNameOrCanonical));

    [Fact]
    public void Every_input_of_up_to_two_bytes_is_refused_by_name_or_canonical()
    {
        for (var value = 0; value < 65536; value++)
        {
            Assert.True(IsRefusedByNameOrCanonical([(byte)(value >> 8), (byte)value]));
            Assert.True(IsRefusedByNameOrCanonical([(byte)value]));
        }
    }

    [Fact]
    public void Numbers_round_trip_and_are_as_short_as_possible() =>
        Prop.ForAll(ArbMap.Default.ArbFor<ulong>(), ArbMap.Default.ArbFor<byte>(), (value, shift) =>
        {
            value >>= shift % 64;
            var encoded = new RlpWriter().Number(value).ToArray();
            return Reader(encoded).ReadUInt64() == value && encoded.Length <= 1 + ((64 - (int)ulong.LeadingZeroCount(value) + 7) / 8);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("00", RlpRefusal.LeadingZero)]
    [InlineData("820001", RlpRefusal.LeadingZero)]
    [InlineData("89010000000000000000", RlpRefusal.IntegerTooLarge)]
    [InlineData("89000000000000000001", RlpRefusal.LeadingZero)]
    [InlineData("c0", RlpRefusal.BytesExpected)]
    public void Refuses_what_is_no_number(string encoded, RlpRefusal reason) =>
        Refuses(reason, () => Reader(A.Hex(encoded)).ReadUInt64());

    [Fact]
    public void The_largest_number_is_read() => Assert.Equal(ulong.MaxValue, Reader(A.Hex("88ffffffffffffffff")).ReadUInt64());

    [Fact]
    public void A_record_of_every_kind_round_trips()
    {
        using var key = A.Key(7);
        var digest = Keccak.Hash("content"u8);
        var signature = key.Sign(digest);
        var encoded = new RlpWriter()
            .StartList().Text("vidéo 🎬").Address(key.Address).Hash(digest).Hash(ContentHash.Of("content"u8)).Bytes(signature.ToArray())
            .StartList().EndList().EndList().ToArray();

        var outer = Reader(encoded);
        var list = outer.ReadList();
        Assert.Equal("vidéo 🎬", list.ReadText(64));
        Assert.Equal(key.Address, list.ReadAddress());
        Assert.Equal(digest, list.ReadHash());
        Assert.Equal(ContentHash.Of("content"u8), list.ReadContentHash());
        Assert.Equal(signature, list.ReadSignature());
        list.ReadList().End();
        list.End();
        outer.End();
    }

    [Fact]
    public void Refuses_fields_of_another_kind_or_length()
    {
        var list = A.Hex("c0");
        var text = A.Hex("83646f67");

        Refuses(RlpRefusal.ListExpected, () => Reader(text).ReadList());
        Refuses(RlpRefusal.BytesExpected, () => Reader(list).ReadBytes(10));
        Refuses(RlpRefusal.WrongLength, () => Reader(text).ReadFixed(4));
        Refuses(RlpRefusal.WrongLength, () => Reader(text).ReadAddress());
        Refuses(RlpRefusal.WrongLength, () => Reader(text).ReadHash());
        Refuses(RlpRefusal.TooLong, () => Reader(text).ReadBytes(2));
        Refuses(RlpRefusal.TooLong, () => Reader(text).ReadText(2));
        Refuses(RlpRefusal.InvalidText, () => Reader(A.Hex("82c328")).ReadText(10));
        Refuses(RlpRefusal.InvalidSignature, () => Reader(new RlpWriter().Bytes(new byte[65]).ToArray()).ReadSignature());
    }

    [Fact]
    public void Refuses_an_input_over_the_limit_unread() =>
        Refuses(RlpRefusal.TooLong, () => new RlpReader(new byte[11], maxBytes: 10).End());

    [Fact]
    public void Refuses_lists_nested_deeper_than_the_limit()
    {
        Assert.Equal("[[[]]]", RlpTree.Read(A.Hex("c2c1c0")).ToString());
        Refuses(RlpRefusal.TooDeep, () => RlpTree.Read(Nested(RlpReader.DefaultMaxDepth + 1)));
        Refuses(RlpRefusal.TooDeep, () => RlpTree.Read(Nested(10_000)));
        Assert.Equal(2 * RlpReader.DefaultMaxDepth, RlpTree.Read(Nested(RlpReader.DefaultMaxDepth)).ToString().Length);
        Refuses(RlpRefusal.TooDeep, () => new RlpReader(A.Hex("c0"), maxBytes: 1, maxDepth: 0).ReadList());
    }

    [Fact]
    public void A_claimed_length_costs_no_memory()
    {
        var claims = new[] { "bbffffffff", "bfffffffffffffffff", "fbffffffff", "ff7fffffffffffffff", "bf8000000000000000", "bb7fffffff" }.Select(A.Hex).ToArray();
        foreach (var claim in claims)
        {
            Refuses(RlpRefusal.Truncated, () => RlpTree.Read(claim));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var claim in claims)
        {
            Assert.ThrowsAny<RlpException>(() => RlpTree.Read(claim));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 10);
    }

    [Fact]
    public void Reading_without_texts_allocates_nothing()
    {
        var encoded = new RlpWriter().StartList().Number(5).Hash(Keccak.Hash(default)).Address(default).StartList().EndList().EndList().ToArray();
        _ = ReadOnce(encoded);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var sum = 0UL;
        for (var i = 0; i < 1000; i++)
        {
            sum += ReadOnce(encoded);
        }

        Assert.Equal(5000UL, sum);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2048);
    }

    [Fact]
    public void The_writer_insists_on_closed_lists()
    {
        Assert.Throws<InvalidOperationException>(() => new RlpWriter().StartList().ToArray());
        Assert.Throws<InvalidOperationException>(() => new RlpWriter().EndList());
        Assert.Throws<System.Text.EncoderFallbackException>(() => new RlpWriter().Text("\ud800"));
    }

    [Fact]
    public void Every_refusal_has_its_own_sentence()
    {
        var sentences = Enum.GetValues<RlpRefusal>().Select(reason => new RlpException(reason).Message).ToList();

        Assert.Equal(sentences.Count, sentences.Distinct(StringComparer.Ordinal).Count());
        Assert.All(sentences, sentence => Assert.EndsWith(".", sentence, StringComparison.Ordinal));
    }

    private static ulong ReadOnce(byte[] encoded)
    {
        var outer = Reader(encoded);
        var list = outer.ReadList();
        var number = list.ReadUInt64();
        _ = list.ReadHash();
        _ = list.ReadAddress();
        list.ReadList().End();
        list.End();
        outer.End();
        return number;
    }

    private static RlpReader Reader(ReadOnlySpan<byte> encoded) => new(encoded, RlpTree.MaxBytes);

    private static bool IsRefusedByNameOrCanonical(byte[] encoded)
    {
        try
        {
            return RlpTree.Read(encoded).Write().AsSpan().SequenceEqual(encoded);
        }
        catch (RlpException)
        {
            return true;
        }
    }

    private static void Refuses(RlpRefusal reason, Action read) => Assert.Equal(reason, Assert.Throws<RlpException>(read).Reason);

    private static void Check(int runs, Property property) => FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(runs), property);

    private static byte[] Nested(int depth)
    {
        var writer = new RlpWriter();
        for (var i = 0; i < depth; i++)
        {
            writer.StartList();
        }

        for (var i = 0; i < depth; i++)
        {
            writer.EndList();
        }

        return writer.ToArray();
    }

    private static Gen<RlpTree> Trees(int depth = 4)
    {
        // Lengths around the borders between the short and the long forms.
        var leaf = Gen.OneOf(Gen.Choose(0, 3), Gen.Choose(53, 58), Gen.Choose(253, 258))
            .SelectMany(length => Gen.ArrayOf(Gen.Choose(0, 255), length))
            .Select(values => RlpTree.Leaf([.. values.Select(v => (byte)v)]));
        return depth == 0
            ? leaf
            : Gen.Frequency((2, leaf), (1, Gen.Choose(0, 5).SelectMany(count => Gen.ArrayOf(Trees(depth - 1), count)).Select(items => RlpTree.List([.. items]))));
    }

    /// <summary>Valid encodings with a few bytes overwritten, inserted or cut.</summary>
    private static Gen<byte[]> Mutants() =>
        from tree in Trees()
        from edits in Gen.Choose(1, 4).SelectMany(count => Gen.ArrayOf(Edits(), count))
        select edits.Aggregate(tree.Write(), (bytes, edit) => edit(bytes));

    private static Gen<Func<byte[], byte[]>> Edits() =>
        from kind in Gen.Choose(0, 3)
        from at in Gen.Choose(0, 1 << 16)
        from value in Gen.OneOf(Gen.Choose(0, 255), Gen.Elements(0x00, 0x7f, 0x80, 0x81, 0xb7, 0xb8, 0xbf, 0xc0, 0xf7, 0xf8, 0xff))
        select (Func<byte[], byte[]>)(bytes =>
        {
            var index = at % (bytes.Length + 1);
            return kind switch
            {
                0 => [.. bytes.AsSpan(0, index), (byte)value, .. bytes.AsSpan(Math.Min(index + 1, bytes.Length))],
                1 => [.. bytes.AsSpan(0, index), (byte)value, .. bytes.AsSpan(index)],
                2 => [.. bytes.AsSpan(0, index), .. bytes.AsSpan(Math.Min(index + 1, bytes.Length))],
                _ => bytes[..index],
            };
        });
}
