using System.Buffers.Binary;
using System.Text;

namespace VideoMesh.Miners.Media.Mp4;

/// <summary>An MP4 file is not one we can join. The message says what is wrong with it.</summary>
internal sealed class Mp4FormatException(string message) : Exception(message);

/// <summary>One box of an ISO base media file (ISO/IEC 14496-12), as a view of bytes in memory.</summary>
/// <param name="Type">Four characters.</param>
/// <param name="Body">What follows the header.</param>
internal readonly record struct Mp4Box(string Type, ReadOnlyMemory<byte> Body)
{
    public ReadOnlySpan<byte> Span => Body.Span;

    /// <summary>The boxes inside, from an offset on.</summary>
    public IEnumerable<Mp4Box> Children(int from = 0) => Parse(Body[Math.Min(from, Body.Length)..]);

    /// <summary>The one child of a type.</summary>
    public Mp4Box Child(string type) => Optional(type) ?? throw new Mp4FormatException($"Its '{Type}' box has no '{type}'.");

    public Mp4Box? Optional(string type)
    {
        Mp4Box? found = null;
        foreach (var child in Children())
        {
            if (string.Equals(child.Type, type, StringComparison.Ordinal))
            {
                found = found is null ? child : throw new Mp4FormatException($"Its '{Type}' box has more than one '{type}'.");
            }
        }

        return found;
    }

    /// <summary>A big-endian number inside the body.</summary>
    public uint UInt32(long at) =>
        at >= 0 && at + 4 <= Body.Length ? BinaryPrimitives.ReadUInt32BigEndian(Span[(int)at..]) : throw new Mp4FormatException($"Its '{Type}' box ends too early.");

    public ulong UInt64(long at) =>
        at >= 0 && at + 8 <= Body.Length ? BinaryPrimitives.ReadUInt64BigEndian(Span[(int)at..]) : throw new Mp4FormatException($"Its '{Type}' box ends too early.");

    /// <summary>The count in front of a table, checked against the room its rows take.</summary>
    public int Rows(int at, int rowSize)
    {
        var rows = UInt32(at);
        return rows * (ulong)rowSize <= (ulong)(Body.Length - at - 4) ? (int)rows : throw new Mp4FormatException($"Its '{Type}' box claims more rows than it has.");
    }

    public static IEnumerable<Mp4Box> Parse(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (bytes.Length < 8)
            {
                throw new Mp4FormatException("It ends inside a box header.");
            }

            var size = BinaryPrimitives.ReadUInt32BigEndian(bytes.Span);
            var type = Encoding.Latin1.GetString(bytes.Span[4..8]);
            // 64-bit sizes and "to the end" are for media data, which is never parsed as a box in memory
            if (size < 8 || size > bytes.Length)
            {
                throw new Mp4FormatException($"Its '{type}' box has an impossible size.");
            }

            yield return new Mp4Box(type, bytes[8..(int)size]);
            bytes = bytes[(int)size..];
        }
    }
}

/// <summary>Writes boxes, filling in each size when the box is closed.</summary>
internal sealed class Mp4BoxWriter
{
    private byte[] _bytes = new byte[1024];
    private int _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public Mp4BoxWriter Box(string type, Action<Mp4BoxWriter> body)
    {
        var start = _length;
        UInt32(0).Text(type);
        body(this);
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(start), _length - start);
        return this;
    }

    /// <summary>A box whose body begins with a version and flags.</summary>
    public Mp4BoxWriter FullBox(string type, byte version, uint flags, Action<Mp4BoxWriter> body) =>
        Box(type, box => body(box.UInt32(((uint)version << 24) | flags)));

    public Mp4BoxWriter UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(Room(2), value);
        return this;
    }

    public Mp4BoxWriter UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Room(4), value);
        return this;
    }

    public Mp4BoxWriter UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Room(8), value);
        return this;
    }

    public Mp4BoxWriter Text(string latin)
    {
        Encoding.Latin1.GetBytes(latin, Room(latin.Length));
        return this;
    }

    public Mp4BoxWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        return this;
    }

    public Mp4BoxWriter Zeros(int count)
    {
        Room(count).Clear();
        return this;
    }

    /// <summary>The matrix that leaves pictures as they are.</summary>
    public Mp4BoxWriter UnityMatrix() =>
        UInt32(0x00010000).Zeros(12).UInt32(0x00010000).Zeros(12).UInt32(0x40000000);

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_length + count, checked(_bytes.Length * 2)));
        }

        _length += count;
        return _bytes.AsSpan(_length - count, count);
    }
}
