using System.Buffers.Binary;
using System.Text;

namespace VideoMesh.Chain.Primitives;

/// <summary>Reads canonical RLP in place, allocating nothing but the text it is asked for. What has another spelling than the writer's is refused, so one
/// value has one encoding and one hash. Every refusal is an <see cref="RlpException"/>. A copy of a reader reads on independently.</summary>
public ref struct RlpReader
{
    /// <summary>How many lists may lie within one another unless the caller says otherwise.</summary>
    public const int DefaultMaxDepth = 16;

    private readonly int _depthLeft;
    private ReadOnlySpan<byte> _rest;

    /// <param name="encoded">One or more encoded items, one after another.</param>
    /// <param name="maxBytes">The longest input accepted, in bytes.</param>
    /// <param name="maxDepth">How many lists may lie within one another.</param>
    /// <exception cref="RlpException">The input is longer than <paramref name="maxBytes"/>.</exception>
    public RlpReader(ReadOnlySpan<byte> encoded, int maxBytes, int maxDepth = DefaultMaxDepth)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxDepth);
        if (encoded.Length > maxBytes)
        {
            throw new RlpException(RlpRefusal.TooLong);
        }

        _rest = encoded;
        _depthLeft = maxDepth;
    }

    private RlpReader(ReadOnlySpan<byte> payload, int depthLeft)
    {
        _rest = payload;
        _depthLeft = depthLeft;
    }

    /// <summary>Whether every item of this input, or of this list, was read.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Whether the next item is a list; false at the end.</summary>
    public readonly bool NextIsList => !_rest.IsEmpty && _rest[0] >= Rlp.ListTag;

    /// <summary>Reads a byte string of at most <paramref name="maxLength"/> bytes, as a view into the input.</summary>
    public ReadOnlySpan<byte> ReadBytes(int maxLength)
    {
        var bytes = Take(list: false);
        return bytes.Length <= maxLength ? bytes : throw new RlpException(RlpRefusal.TooLong);
    }

    /// <summary>Reads a byte string of exactly <paramref name="length"/> bytes, as a view into the input.</summary>
    public ReadOnlySpan<byte> ReadFixed(int length)
    {
        var bytes = Take(list: false);
        return bytes.Length == length ? bytes : throw new RlpException(RlpRefusal.WrongLength);
    }

    /// <summary>Reads an unsigned integer of at most eight bytes.</summary>
    public ulong ReadUInt64()
    {
        var bytes = Take(list: false);
        if (bytes.Length > 0 && bytes[0] == 0)
        {
            throw new RlpException(RlpRefusal.LeadingZero);
        }

        if (bytes.Length > sizeof(ulong))
        {
            throw new RlpException(RlpRefusal.IntegerTooLarge);
        }

        Span<byte> padded = stackalloc byte[sizeof(ulong)];
        padded.Clear();
        bytes.CopyTo(padded[(sizeof(ulong) - bytes.Length)..]);
        return BinaryPrimitives.ReadUInt64BigEndian(padded);
    }

    /// <summary>Reads an unsigned integer of at most four bytes.</summary>
    public uint ReadUInt32() => ReadUInt64() is <= uint.MaxValue and var value ? (uint)value : throw new RlpException(RlpRefusal.IntegerTooLarge);

    /// <summary>Reads 0 or 1.</summary>
    public bool ReadFlag() => ReadUInt64() is <= 1 and var value ? value == 1 : throw new RlpException(RlpRefusal.UnknownValue);

    /// <summary>Reads text that must be this one, such as the domain of what follows.</summary>
    public void Expect(string text)
    {
        if (!ReadBytes(text.Length).SequenceEqual(Rlp.StrictUtf8.GetBytes(text)))
        {
            throw new RlpException(RlpRefusal.UnknownValue);
        }
    }

    /// <summary>Reads UTF-8 text of at most <paramref name="maxBytes"/> encoded bytes. Invalid UTF-8 is refused, never replaced.</summary>
    public string ReadText(int maxBytes)
    {
        var bytes = ReadBytes(maxBytes);
        try
        {
            return Rlp.StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new RlpException(RlpRefusal.InvalidText);
        }
    }

    public Address ReadAddress() => new(ReadFixed(Address.Size));

    public Hash256 ReadHash() => new(ReadFixed(Hash256.Size));

    public ContentHash ReadContentHash() => new(ReadFixed(ContentHash.Size));

    /// <summary>Reads a signature, refusing what <see cref="Signature.TryParse"/> refuses.</summary>
    public Signature ReadSignature() =>
        Signature.TryParse(ReadFixed(Signature.Size), out var signature, out _) ? signature : throw new RlpException(RlpRefusal.InvalidSignature);

    /// <summary>Enters a list: the reader returned reads its items, this one goes on after it. Call <see cref="End"/> on it when its items are read.</summary>
    public RlpReader ReadList()
    {
        var payload = Take(list: true);
        return _depthLeft > 0 ? new RlpReader(payload, _depthLeft - 1) : throw new RlpException(RlpRefusal.TooDeep);
    }

    /// <summary>Refuses what is left of this input, or of this list.</summary>
    public readonly void End()
    {
        if (!AtEnd)
        {
            throw new RlpException(RlpRefusal.TrailingBytes);
        }
    }

    private ReadOnlySpan<byte> Take(bool list)
    {
        if (_rest.IsEmpty)
        {
            throw new RlpException(RlpRefusal.Truncated);
        }

        var tag = _rest[0];
        if (tag >= Rlp.ListTag != list)
        {
            throw new RlpException(list ? RlpRefusal.ListExpected : RlpRefusal.BytesExpected);
        }

        if (tag < Rlp.StringTag)
        {
            return Advance(0, 1);
        }

        var inTag = tag - (list ? Rlp.ListTag : Rlp.StringTag);
        if (inTag > Rlp.ShortLength)
        {
            var size = inTag - Rlp.ShortLength;
            return Advance(1 + size, ReadLength(size));
        }

        var payload = Advance(1, inTag);
        return !list && payload.Length == 1 && payload[0] < Rlp.StringTag ? throw new RlpException(RlpRefusal.NonCanonicalByte) : payload;
    }

    private readonly ulong ReadLength(int size)
    {
        if (_rest.Length < 1 + size)
        {
            throw new RlpException(RlpRefusal.Truncated);
        }

        ulong length = 0;
        foreach (var digit in _rest.Slice(1, size))
        {
            length = (length << 8) | digit;
        }

        return _rest[1] == 0 || length <= Rlp.ShortLength ? throw new RlpException(RlpRefusal.NonCanonicalLength) : length;
    }

    private ReadOnlySpan<byte> Advance(int header, ulong length)
    {
        if (length > (ulong)(_rest.Length - header))
        {
            throw new RlpException(RlpRefusal.Truncated);
        }

        var payload = _rest.Slice(header, (int)length);
        _rest = _rest[(header + (int)length)..];
        return payload;
    }

    private ReadOnlySpan<byte> Advance(int header, int length) => Advance(header, (ulong)length);
}
