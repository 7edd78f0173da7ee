using System.Collections.Immutable;
using System.Numerics;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>Some of a job's segments, by their numbers from 0: one bit each, the lowest bit of the first byte first. The last byte is never zero, so a set has one spelling.</summary>
public sealed class SegmentSet : IEquatable<SegmentSet>
{
    /// <summary>The longest encoding, in bytes.</summary>
    public const int MaxBytes = JobTerms.MaxSegments / 8;

    private readonly ImmutableArray<byte> _bits;

    private SegmentSet(ImmutableArray<byte> bits)
    {
        _bits = bits;
        Count = bits.Sum(bits => BitOperations.PopCount(bits));
    }

    public static SegmentSet Empty { get; } = new([]);

    /// <summary>How many segments are in it.</summary>
    public int Count { get; }

    public bool IsEmpty => _bits.IsEmpty;

    public ReadOnlySpan<byte> Bytes => _bits.AsSpan();

    /// <summary>The highest number in it; −1 when empty.</summary>
    public int Last => _bits.IsEmpty ? -1 : ((_bits.Length - 1) * 8) + BitOperations.Log2(_bits[^1]);

    public static SegmentSet Of(IEnumerable<int> segments)
    {
        var bits = new byte[MaxBytes];
        foreach (var segment in segments)
        {
            bits[segment / 8] |= (byte)(1 << (segment % 8));
        }

        return Trimmed(bits);
    }

    /// <exception cref="RlpException">The bytes are too long, or end in a zero.</exception>
    public static SegmentSet Read(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= MaxBytes && (bytes.IsEmpty || bytes[^1] != 0) ? new SegmentSet([.. bytes]) : throw new RlpException(RlpRefusal.UnknownValue);

    public bool Contains(int segment) => segment >= 0 && segment / 8 < _bits.Length && (_bits[segment / 8] & (1 << (segment % 8))) != 0;

    public bool IsWithin(SegmentSet other) => Without(other).IsEmpty;

    public bool Overlaps(SegmentSet other) => Without(other).Count != Count;

    public SegmentSet With(SegmentSet other) => Combine(other, (left, right) => (byte)(left | right));

    public SegmentSet Without(SegmentSet other) => Combine(other, (left, right) => (byte)(left & ~right));

    /// <summary>The numbers, rising.</summary>
    public IEnumerable<int> Numbers() => Enumerable.Range(0, _bits.Length * 8).Where(Contains);

    public bool Equals(SegmentSet? other) => other is not null && Bytes.SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => Equals(obj as SegmentSet);

    public override int GetHashCode() => HashCode.Combine(Count, Last);

    private SegmentSet Combine(SegmentSet other, Func<byte, byte, byte> combine)
    {
        var bits = new byte[Math.Max(_bits.Length, other._bits.Length)];
        for (var i = 0; i < bits.Length; i++)
        {
            bits[i] = combine(i < _bits.Length ? _bits[i] : (byte)0, i < other._bits.Length ? other._bits[i] : (byte)0);
        }

        return Trimmed(bits);
    }

    private static SegmentSet Trimmed(ReadOnlySpan<byte> bits) => new([.. bits.TrimEnd((byte)0)]);
}
