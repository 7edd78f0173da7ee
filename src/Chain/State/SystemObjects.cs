using System.Collections.Immutable;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.State;

/// <summary>How old a height is: the evidence rule asks.</summary>
/// <param name="Height">Of a block.</param>
/// <param name="TimeMilliseconds">Its time.</param>
public readonly record struct HeightMark(ulong Height, ulong TimeMilliseconds);

/// <summary>What the chain as a whole counts. A leaf of the state.</summary>
/// <param name="Genesis">All coins there were before the first block.</param>
/// <param name="Issued">Coins made by block rewards since.</param>
/// <param name="Burnt">Coins destroyed since.</param>
/// <param name="Marks">A few heights with their times, by rising height, that reach back as far as evidence is valid.</param>
public sealed record ChainTotals(Amount Genesis, Amount Issued, Amount Burnt, ImmutableArray<HeightMark> Marks)
{
    private const int MaxBytes = 4096;

    /// <summary>Coins there are.</summary>
    public Amount Supply => Genesis + Issued - Burnt;

    public byte[] Encode()
    {
        var writer = new RlpWriter().StartList().Number(Genesis.Nano).Number(Issued.Nano).Number(Burnt.Nano).StartList();
        foreach (var mark in Marks)
        {
            writer.Number(mark.Height).Number(mark.TimeMilliseconds);
        }

        return writer.EndList().EndList().ToArray();
    }

    /// <exception cref="RlpException">The bytes are not the canonical encoding.</exception>
    public static ChainTotals Decode(ReadOnlySpan<byte> encoded)
    {
        var outer = new RlpReader(encoded, MaxBytes);
        var reader = outer.ReadList();
        outer.End();
        var (genesis, issued, burnt) = (new Amount(reader.ReadUInt64()), new Amount(reader.ReadUInt64()), new Amount(reader.ReadUInt64()));
        var list = reader.ReadList();
        reader.End();
        var marks = ImmutableArray.CreateBuilder<HeightMark>();
        while (!list.AtEnd)
        {
            marks.Add(new HeightMark(list.ReadUInt64(), list.ReadUInt64()));
        }

        return new ChainTotals(genesis, issued, burnt, marks.ToImmutable());
    }
}

/// <summary>Where the chain's own leaves lie, and their encodings: with them a node goes on from the leaves of its state alone.</summary>
internal static class SystemObjects
{
    private const string Domain = "VideoMesh object v1";
    private const int MaxVotersBytes = 8192;

    public static Hash256 TotalsKey { get; } = Key("totals", 0);

    /// <summary>The list of the heights at which another set of voters begins.</summary>
    public static Hash256 VoterRunsKey { get; } = Key("voter runs", 0);

    /// <summary>The voters from a height on.</summary>
    public static Hash256 VotersKey(ulong from) => Key("voters", from);

    /// <summary>The beacon after a block. A ring: W blocks later the place is used again.</summary>
    public static Hash256 SeedKey(ulong height, ulong window) => Key("seed", height % (window + 1));

    public static byte[] Encode(VoterSet voters)
    {
        var writer = new RlpWriter().StartList();
        foreach (var voter in voters.Voters)
        {
            writer.Address(voter.Address).Number(voter.Clout.Nano);
        }

        return writer.EndList().ToArray();
    }

    /// <exception cref="RlpException">The bytes are not the canonical encoding.</exception>
    public static VoterSet DecodeVoters(ReadOnlySpan<byte> encoded)
    {
        var outer = new RlpReader(encoded, MaxVotersBytes);
        var reader = outer.ReadList();
        outer.End();
        var voters = new List<Voter>();
        while (!reader.AtEnd)
        {
            voters.Add(new Voter(reader.ReadAddress(), new Amount(reader.ReadUInt64())));
        }

        return new VoterSet(voters);
    }

    public static byte[] Encode(IEnumerable<ulong> runs)
    {
        var writer = new RlpWriter().StartList();
        foreach (var from in runs)
        {
            writer.Number(from);
        }

        return writer.EndList().ToArray();
    }

    /// <exception cref="RlpException">The bytes are not the canonical encoding.</exception>
    public static ImmutableArray<ulong> DecodeRuns(ReadOnlySpan<byte> encoded)
    {
        var outer = new RlpReader(encoded, encoded.Length);
        var reader = outer.ReadList();
        outer.End();
        var runs = ImmutableArray.CreateBuilder<ulong>();
        while (!reader.AtEnd)
        {
            runs.Add(reader.ReadUInt64());
        }

        return runs.ToImmutable();
    }

    private static Hash256 Key(string name, ulong number) => new RlpWriter().StartList().Text(Domain).Text(name).Number(number).EndList().Keccak();
}
