using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace VideoMesh.Chain.Primitives;

/// <summary>Writes the canonical RLP encoding (Ethereum yellow paper, appendix B) of byte strings and nested lists into one growing buffer.</summary>
public sealed class RlpWriter
{
    /// <summary>The longest header: one tag byte and the eight bytes of a length.</summary>
    private const int MaxHeader = 9;

    private readonly Stack<int> _openLists = new();
    private byte[] _buffer = new byte[128];
    private int _length;

    /// <summary>What was written so far, valid until the next write.</summary>
    /// <exception cref="InvalidOperationException">A list is still open.</exception>
    public ReadOnlySpan<byte> Written =>
        _openLists.Count == 0 ? _buffer.AsSpan(0, _length) : throw new InvalidOperationException($"{_openLists.Count} RLP lists are still open.");

    /// <summary>Writes a byte string.</summary>
    public RlpWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 1 && bytes[0] < Rlp.StringTag)
        {
            Reserve(1)[0] = bytes[0];
            _length++;
            return this;
        }

        var room = Reserve(MaxHeader + bytes.Length);
        var header = WriteHeader(room, Rlp.StringTag, bytes.Length);
        bytes.CopyTo(room[header..]);
        _length += header + bytes.Length;
        return this;
    }

    /// <summary>Writes an unsigned integer: big endian without leading zeros, zero as the empty string.</summary>
    public RlpWriter Number(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return Bytes(bytes[(BitOperations.LeadingZeroCount(value) / 8)..]);
    }

    /// <summary>Writes text as UTF-8.</summary>
    /// <exception cref="ArgumentException">The text has unpaired surrogates, which UTF-8 cannot carry.</exception>
    public RlpWriter Flag(bool value) => Number(value ? 1UL : 0);

    public RlpWriter Text(string text) => Bytes(Rlp.StrictUtf8.GetBytes(text));

    public RlpWriter Address(Address address)
    {
        Span<byte> bytes = stackalloc byte[Primitives.Address.Size];
        address.CopyTo(bytes);
        return Bytes(bytes);
    }

    public RlpWriter Hash(Hash256 hash)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Size];
        hash.CopyTo(bytes);
        return Bytes(bytes);
    }

    public RlpWriter Hash(ContentHash hash)
    {
        Span<byte> bytes = stackalloc byte[ContentHash.Size];
        hash.CopyTo(bytes);
        return Bytes(bytes);
    }

    /// <summary>Opens a list: everything up to the matching <see cref="EndList"/> is inside it.</summary>
    public RlpWriter StartList()
    {
        _openLists.Push(_length);
        return this;
    }

    /// <exception cref="InvalidOperationException">No list is open.</exception>
    public RlpWriter EndList()
    {
        if (!_openLists.TryPop(out var start))
        {
            throw new InvalidOperationException("No RLP list is open.");
        }

        var payload = _length - start;
        Span<byte> header = stackalloc byte[MaxHeader];
        var size = WriteHeader(header, Rlp.ListTag, payload);
        Reserve(size);
        _buffer.AsSpan(start, payload).CopyTo(_buffer.AsSpan(start + size));
        header[..size].CopyTo(_buffer.AsSpan(start));
        _length += size;
        return this;
    }

    /// <summary>A copy of <see cref="Written"/>.</summary>
    /// <exception cref="InvalidOperationException">A list is still open.</exception>
    public byte[] ToArray() => Written.ToArray();

    /// <summary>The Keccak-256 of <see cref="Written"/>: what gets signed.</summary>
    /// <exception cref="InvalidOperationException">A list is still open.</exception>
    public Hash256 Keccak() => Primitives.Keccak.Hash(Written);

    private static int WriteHeader(Span<byte> room, byte tag, int length)
    {
        if (length <= Rlp.ShortLength)
        {
            room[0] = (byte)(tag + length);
            return 1;
        }

        var size = sizeof(int) - (BitOperations.LeadingZeroCount((uint)length) / 8);
        room[0] = (byte)(tag + Rlp.ShortLength + size);
        for (var i = 0; i < size; i++)
        {
            room[1 + i] = (byte)(length >> (8 * (size - 1 - i)));
        }

        return 1 + size;
    }

    private Span<byte> Reserve(int bytes)
    {
        var needed = checked(_length + bytes);
        if (needed > _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _buffer.Length)));
        }

        return _buffer.AsSpan(_length);
    }
}

/// <summary>The numbers of the encoding, shared by writer and reader.</summary>
internal static class Rlp
{
    /// <summary>Tags from here on start a byte string; below, a byte is its own encoding.</summary>
    internal const byte StringTag = 0x80;

    /// <summary>Tags from here on start a list.</summary>
    internal const byte ListTag = 0xC0;

    /// <summary>The longest payload in bytes whose length fits into the tag.</summary>
    internal const int ShortLength = 55;

    internal static UTF8Encoding StrictUtf8 { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
