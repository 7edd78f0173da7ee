using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Tests.Mesh;

public sealed class FrameCodecTests
{
    public static TheoryData<ushort> Numbers => [.. WireRegistry.Entries.Select(entry => entry.Number)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Every_registered_message_survives_the_wire_with_all_its_fields(ushort number)
    {
        var entry = WireRegistry.Find(number)!;
        var message = Filled(entry.Type);

        var frame = FrameCodec.TryEncode(message);
        var verdict = Assert.IsType<FrameVerdict.Accepted>(FrameCodec.Decode(frame));

        Assert.Equal(message, verdict.Message);
        Assert.Same(entry, verdict.Entry);
    }

    [Fact]
    public void Every_message_of_the_assembly_has_a_number_or_travels_inside_one_that_has()
    {
        var all = typeof(WireRegistry).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(IMessage)) && type is { IsAbstract: false, IsInterface: false }).ToHashSet();
        var numbered = WireRegistry.Entries.Select(entry => entry.Type).ToHashSet();
        var inside = new HashSet<Type>();
        foreach (var type in numbered)
        {
            Collect(DescriptorOf(type), inside);
        }

        Assert.NotEmpty(inside);
        Assert.Empty(all.Except(numbered).Except(inside));
        Assert.Equal(WireRegistry.Entries.Length, WireRegistry.Entries.Select(entry => entry.Number).Distinct().Count());
    }

    [Fact]
    public void Refuses_an_unregistered_number_by_name() => Assert.Equal(LinkRefusal.UnknownMessage, RefusalOf([0xFF, 0xFE, 1, 2, 3]));

    [Fact]
    public void Refuses_a_frame_without_a_whole_number() => Assert.Equal(LinkRefusal.Malformed, RefusalOf([1]));

    [Fact]
    public void Rejects_a_frame_over_64_KiB() => Assert.Equal(LinkRefusal.Oversize, RefusalOf(new byte[FrameCodec.MaxPlainBytes + 1]));

    [Fact]
    public void Does_not_encode_what_has_no_number_or_no_room()
    {
        Assert.Null(FrameCodec.TryEncode(new SegmentRef { Job = "job" }));
        Assert.Null(FrameCodec.TryEncode(new SegmentFailed { Detail = new string('x', FrameCodec.MaxPlainBytes) }));
        Assert.NotNull(FrameCodec.TryEncode(new SegmentFailed { Detail = new string('x', FrameCodec.MaxPlainBytes - 16) }));
    }

    [Fact]
    public void Drops_fields_it_does_not_know_instead_of_keeping_them()
    {
        byte[] frame = [.. FrameCodec.TryEncode(new Ping())!, 0x7A, 3, 1, 2, 3];

        var verdict = Assert.IsType<FrameVerdict.Accepted>(FrameCodec.Decode(frame));

        Assert.Equal(0, verdict.Message.CalculateSize());
    }

    [Fact]
    public void Random_bytes_are_decoded_or_refused_by_name_and_never_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), Gen.Elements(WireRegistry.Entries.Select(entry => entry.Number).ToArray()).ToArbitrary(), (bytes, number) =>
            FrameCodec.Decode(bytes) is not null && FrameCodec.Decode([(byte)(number >> 8), (byte)number, .. bytes]) is not null)
            .Holds(1000);

    [Fact]
    public void Mutated_frames_are_decoded_or_refused_by_name_and_never_throw()
    {
        var originals = WireRegistry.Entries.Select(entry => FrameCodec.TryEncode(Filled(entry.Type))!).ToArray();

        Prop.ForAll(A.Mutants(originals).ToArbitrary(), bytes => FrameCodec.Decode(bytes) is not null).Holds(3000);
    }

    [Fact]
    public void A_frame_full_of_empty_parts_costs_bounded_memory()
    {
        // The densest frame there is: two bytes per part.
        var frame = new byte[FrameCodec.MaxPlainBytes];
        frame[1] = (byte)WireRegistry.Find(typeof(Announcements))!.Number;
        for (var i = 2; i < frame.Length; i += 2)
        {
            frame[i] = 0x0A;
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.IsType<FrameVerdict.Accepted>(FrameCodec.Decode(frame));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 * 1024 * 1024);
    }

    [Fact]
    public void Refusals_have_one_name_one_sentence_and_one_close_code_each()
    {
        Assert.Equal(LinkRefusal.All.Length, LinkRefusal.All.Select(refusal => refusal.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(LinkRefusal.All.Length, LinkRefusal.All.Select(refusal => refusal.Sentence).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(LinkRefusal.All.Length, LinkRefusal.All.Select(refusal => refusal.CloseCode).Distinct().Count());
        Assert.All(LinkRefusal.All, refusal => Assert.InRange(refusal.CloseCode, 4000, 4999));
        Assert.All(LinkRefusal.All, refusal => Assert.EndsWith(".", refusal.Sentence, StringComparison.Ordinal));
        Assert.All(LinkRefusal.All, refusal => Assert.Same(refusal, LinkRefusal.FromCloseCode(refusal.CloseCode)));
        var declared = typeof(LinkRefusal).GetProperties().Where(property => property.PropertyType == typeof(LinkRefusal)).Select(property => property.GetValue(null));
        Assert.Empty(declared.Except(LinkRefusal.All));
    }

    private static LinkRefusal RefusalOf(byte[] frame) => Assert.IsType<FrameVerdict.Refused>(FrameCodec.Decode(frame)).Refusal;

    private static MessageDescriptor DescriptorOf(Type type) => ((IMessage)Activator.CreateInstance(type)!).Descriptor;

    private static void Collect(MessageDescriptor message, HashSet<Type> into)
    {
        foreach (var field in message.Fields.InDeclarationOrder().Where(field => field.FieldType == FieldType.Message))
        {
            if (into.Add(field.MessageType.ClrType))
            {
                Collect(field.MessageType, into);
            }
        }
    }

    private static IMessage Filled(Type type)
    {
        var message = (IMessage)Activator.CreateInstance(type)!;
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            var value = ValueOf(field);
            if (field.IsRepeated)
            {
                var list = (System.Collections.IList)field.Accessor.GetValue(message);
                list.Add(value);
                list.Add(value);
            }
            else
            {
                field.Accessor.SetValue(message, value);
            }
        }

        return message;
    }

    private static object ValueOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String => $"text of {field.Name}",
        FieldType.Bytes => ByteString.CopyFrom([1, 2, 3, (byte)field.FieldNumber]),
        FieldType.Int32 => -7 - field.FieldNumber,
        FieldType.Int64 => long.MinValue + field.FieldNumber,
        FieldType.UInt32 => uint.MaxValue - (uint)field.FieldNumber,
        FieldType.UInt64 => ulong.MaxValue - (ulong)field.FieldNumber,
        FieldType.Bool => true,
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, field.EnumType.Values[^1].Number),
        FieldType.Double => 0.25 + field.FieldNumber,
        FieldType.Message => Filled(field.MessageType.ClrType),
        _ => throw new NotSupportedException($"Teach this test to fill a {field.FieldType}."),
    };
}
