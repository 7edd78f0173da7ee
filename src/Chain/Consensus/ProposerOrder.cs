using System.Buffers.Binary;
using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>
/// Who may propose in which round of a height: alpha in round 0, beta in round 1, gamma in round 2, … (white paper, section 6). Seats are drawn without putting back,
/// weighted by κ, from the voters of W blocks before with the seed of W blocks before; who has no κ now, or sits out a skipped turn, is passed over. When all
/// had their turn, further draws are from all voters of the height, whether they sit out or not: else one absent voter could stop a chain on which all others sit out.
/// </summary>
public sealed class ProposerOrder
{
    private const string Domain = "VideoMesh seats v1";

    private readonly Hash256 _seed;
    private readonly ulong _height;
    private readonly ImmutableArray<Voter> _eligible;
    private readonly ImmutableArray<Voter> _everybody;
    private readonly List<Address> _drawn = [];
    private uint _cycles;

    /// <param name="seed">The beacon after block <paramref name="height"/> − W, or the genesis seed.</param>
    /// <param name="height">The height proposed for.</param>
    /// <param name="seats">The voters of <paramref name="height"/> − W, or of the first height.</param>
    /// <param name="voters">The voters of this height.</param>
    /// <param name="sitsOut">Whether an account lost its eligibility to propose by a skipped turn. When that leaves nobody, it is not asked.</param>
    public ProposerOrder(Hash256 seed, ulong height, VoterSet seats, VoterSet voters, Func<Address, bool> sitsOut)
    {
        _seed = seed;
        _height = height;
        _everybody = voters.Voters;
        _eligible = [.. seats.Voters.Where(seat => voters.PlaceOf(seat.Address) >= 0 && !sitsOut(seat.Address))];
        if (_eligible.IsEmpty)
        {
            _eligible = [.. voters.Voters.Where(voter => !sitsOut(voter.Address))];
        }

        if (_eligible.IsEmpty)
        {
            _eligible = voters.Voters;
        }
    }

    /// <summary>Who proposes in a round. Rounds are asked for from 0 upwards, so the cost is a few microseconds each.</summary>
    public Address Of(uint round)
    {
        while (_drawn.Count <= round)
        {
            DrawCycle(_cycles++);
        }

        return _drawn[(int)round];
    }

    private void DrawCycle(uint cycle)
    {
        var left = (cycle == 0 ? _eligible : _everybody).ToList();
        var total = left.Aggregate(UInt128.Zero, (sum, voter) => sum + voter.Clout.Nano);
        Span<byte> digest = stackalloc byte[Hash256.Size];
        for (uint seat = 0; left.Count > 0; seat++)
        {
            new RlpWriter().StartList().Text(Domain).Hash(_seed).Number(_height).Number(cycle).Number(seat).EndList().Keccak().CopyTo(digest);
            // Σκ is below 2⁷¹, so the remainder of 128 bits favours nobody by more than 2⁻⁵⁷.
            var ticket = BinaryPrimitives.ReadUInt128BigEndian(digest) % total;
            var winner = 0;
            while (ticket >= left[winner].Clout.Nano)
            {
                ticket -= left[winner].Clout.Nano;
                winner++;
            }

            total -= left[winner].Clout.Nano;
            _drawn.Add(left[winner].Address);
            left.RemoveAt(winner);
        }
    }
}
