using System.Collections.Immutable;
using System.Security.Cryptography;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Storage;

/// <summary>Which miner gets which block of a stripe: as many different miners as it has blocks, in an order that follows from the stripe and the miners alone, so that whoever asks again
/// comes to the same answer. Pure.</summary>
public sealed record Placement
{
    private readonly ImmutableArray<Address> _ranked;

    private Placement(ImmutableArray<Address> ranked, ImmutableArray<Address> miners)
    {
        _ranked = ranked;
        Miners = miners;
    }

    /// <summary>The miner of each block.</summary>
    public ImmutableArray<Address> Miners { get; private init; }

    /// <summary>Places a stripe; null: there are too few miners.</summary>
    /// <param name="stripe">Hash of the stripe's first block.</param>
    /// <param name="lost">Miners that take nothing more.</param>
    public static Placement? Of(ContentHash stripe, int blocks, IEnumerable<Address> miners, IReadOnlySet<Address> lost)
    {
        var ranked = miners.OrderBy(miner => Rank(stripe, miner)).ToImmutableArray();
        if (ranked.Length < blocks)
        {
            return null;
        }

        Placement? placement = new(ranked, ranked[..blocks]);
        for (var block = 0; block < blocks && placement is not null; block++)
        {
            placement = lost.Contains(placement.Miners[block]) ? placement.Without(block, lost) : placement;
        }

        return placement;
    }

    /// <summary>The block goes to the next miner that has none of this stripe; the others stay where they are. Null: there is none.</summary>
    public Placement? Without(int block, IReadOnlySet<Address> lost)
    {
        var next = _ranked.FirstOrDefault(miner => !lost.Contains(miner) && !Miners.Contains(miner));
        return next == default ? null : this with { Miners = Miners.SetItem(block, next) };
    }

    /// <summary>Where a miner stands among all for one stripe or block: the lowest first.</summary>
    public static ContentHash Rank(ContentHash of, Address miner)
    {
        Span<byte> bytes = stackalloc byte[ContentHash.Size + Address.Size];
        of.CopyTo(bytes);
        miner.CopyTo(bytes[ContentHash.Size..]);
        Span<byte> rank = stackalloc byte[ContentHash.Size];
        SHA256.HashData(bytes, rank);
        return new ContentHash(rank);
    }
}
