using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>Who stands behind a block in one step of a round.</summary>
/// <param name="Block">Null: behind none.</param>
/// <param name="Voters">Bit n is the voter of place n.</param>
/// <param name="Power">Their κ in nano-VID.</param>
public readonly record struct BlockSupport(Hash256? Block, UInt128 Voters, UInt128 Power);

/// <summary>The verified votes of one step of a round. A voter who signs two of them counts for both blocks, since some node may have seen only the one
/// and some only the other, but once for the whole.</summary>
public sealed record VoteTally
{
    private VoteTally()
    {
    }

    public static VoteTally Empty { get; } = new();

    public ImmutableArray<Vote> Votes { get; private init; } = [];

    public ImmutableArray<BlockSupport> Support { get; private init; } = [];

    /// <summary>Bit n: the voter of place n has voted.</summary>
    public UInt128 Voters { get; private init; }

    /// <summary>κ of all who have voted, in nano-VID.</summary>
    public UInt128 Power { get; private init; }

    public UInt128 PowerFor(Hash256? block) => SupportOf(block).Power;

    /// <summary>The block with this much power, if there is one; null inside for votes for none.</summary>
    public BlockSupport? FirstWith(Func<UInt128, bool> enough)
    {
        foreach (var support in Support)
        {
            if (enough(support.Power))
            {
                return support;
            }
        }

        return null;
    }

    /// <summary>The votes of a voter: none, one, or more from one who misbehaves.</summary>
    public IEnumerable<Vote> Of(Address voter) => Votes.Where(vote => vote.Voter == voter);

    public bool Holds(int place, Hash256? block) => Has(SupportOf(block).Voters, place);

    public bool HasVoted(int place) => Has(Voters, place);

    /// <summary>Adds a verified vote; a second one of the same voter for the same block changes nothing.</summary>
    internal VoteTally Add(Vote vote, int place, VoterSet voters)
    {
        if (Holds(place, vote.Block))
        {
            return this;
        }

        UInt128 power = voters.Voters[place].Clout.Nano;
        var bit = UInt128.One << place;
        var index = IndexOf(vote.Block);
        var support = index < 0 ? new BlockSupport(vote.Block, bit, power) : new BlockSupport(vote.Block, Support[index].Voters | bit, Support[index].Power + power);
        return new VoteTally
        {
            Votes = Votes.Add(vote),
            Support = index < 0 ? Support.Add(support) : Support.SetItem(index, support),
            Voters = Voters | bit,
            Power = Has(Voters, place) ? Power : Power + power,
        };
    }

    private static bool Has(UInt128 bits, int place) => (bits >> place & 1) == 1;

    private BlockSupport SupportOf(Hash256? block) => IndexOf(block) is >= 0 and var index ? Support[index] : default;

    private int IndexOf(Hash256? block)
    {
        for (var i = 0; i < Support.Length; i++)
        {
            if (Support[i].Block == block)
            {
                return i;
            }
        }

        return -1;
    }
}
