using System.Collections.Frozen;
using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>One voter of a height.</summary>
/// <param name="Address">The verifier's account.</param>
/// <param name="Clout">κ: its least stake over the last W blocks.</param>
public readonly record struct Voter(Address Address, Amount Clout);

/// <summary>The voters of one height, highest κ first, ties by address. A certificate names them by their place in this order.</summary>
public sealed class VoterSet
{
    /// <summary>The most voters a height has.</summary>
    public const int MaxVoters = 128;

    private const string Domain = "VideoMesh voters v1";

    private readonly FrozenDictionary<Address, int> _places;

    /// <param name="voters">In any order, at most <see cref="MaxVoters"/>, no address twice, each with κ above zero.</param>
    /// <exception cref="ArgumentException">The list is none of that.</exception>
    public VoterSet(IEnumerable<Voter> voters)
    {
        Voters = [.. voters.OrderByDescending(voter => voter.Clout).ThenBy(voter => voter.Address)];
        if (Voters.Length > MaxVoters || Voters.Any(voter => voter.Clout == Amount.Zero))
        {
            throw new ArgumentException($"A height has at most {MaxVoters} voters, each with some clout.", nameof(voters));
        }

        _places = Voters.Select((voter, place) => (voter.Address, place)).ToFrozenDictionary(pair => pair.Address, pair => pair.place);
        Total = Voters.Aggregate(UInt128.Zero, (sum, voter) => sum + voter.Clout.Nano);
        var writer = new RlpWriter().StartList().Text(Domain);
        foreach (var voter in Voters)
        {
            writer.StartList().Address(voter.Address).Number(voter.Clout.Nano).EndList();
        }

        Hash = writer.EndList().Keccak();
    }

    public ImmutableArray<Voter> Voters { get; }

    /// <summary>What a header calls these voters by.</summary>
    public Hash256 Hash { get; }

    /// <summary>Σκ in nano-VID.</summary>
    public UInt128 Total { get; }

    /// <summary>The place of an account in the order, or −1 when it does not vote.</summary>
    public int PlaceOf(Address address) => _places.GetValueOrDefault(address, -1);

    /// <summary>κ of an account in nano-VID, zero when it does not vote.</summary>
    public UInt128 PowerOf(Address address) => PlaceOf(address) is >= 0 and var place ? Voters[place].Clout.Nano : UInt128.Zero;

    /// <summary>Whether this power is more than two thirds: what makes a block final (Tendermint, arXiv 1807.04938).</summary>
    public bool IsQuorum(UInt128 power) => 3 * power > 2 * Total;

    /// <summary>Whether this power is more than one third: at least one honest voter is among it.</summary>
    public bool IsBlocking(UInt128 power) => 3 * power > Total;
}
