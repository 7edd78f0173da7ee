using System.Collections.Immutable;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>One rendition of a job, as far as the ledger must know it to compute ω.</summary>
/// <param name="Codec">By the name profiles use, such as <c>h264</c>.</param>
/// <param name="Preset">Of the encoder.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Spec">Keccak-256 of the canonical encoding of everything else a miner must know: crf, pixel format, colours.</param>
public readonly record struct JobRendition(string Codec, string Preset, uint Width, uint Height, Hash256 Spec);

/// <summary>A miner that may claim work of a job.</summary>
/// <param name="Address">Its account.</param>
/// <param name="Price">π: nano-VID per million ω.</param>
/// <param name="MaxSegments">The most segments it may claim.</param>
public readonly record struct JobMiner(Address Address, Amount Price, uint MaxSegments);

/// <summary>Segments of equal length in a row.</summary>
/// <param name="Segments">How many.</param>
/// <param name="Frames">Frames of each.</param>
public readonly record struct FrameRun(uint Segments, uint Frames);

/// <summary>What a client asks for and promises to pay: fixed when the job is opened.</summary>
public sealed record JobTerms
{
    /// <summary>The most segments of a job.</summary>
    public const int MaxSegments = 4096;

    /// <summary>The most renditions of a job.</summary>
    public const int MaxRenditions = 16;

    /// <summary>The most miners of a job.</summary>
    public const int MaxMiners = 64;

    private const int MaxRuns = 256;
    private const int MaxNameBytes = 16;

    /// <summary>Merkle root over <see cref="SourceLeaf"/> of every segment, in order.</summary>
    public required Hash256 SourceRoot { get; init; }

    /// <summary>Frames of the segments, in order.</summary>
    public required ImmutableArray<FrameRun> Frames { get; init; }

    public required ImmutableArray<JobRendition> Renditions { get; init; }

    /// <summary>The determinism class the work is done and checked in.</summary>
    public required Hash256 Class { get; init; }

    public required ImmutableArray<JobMiner> Miners { get; init; }

    /// <summary>Paid for each valid reveal of a check.</summary>
    public required Amount CheckFee { get; init; }

    /// <summary>The last height at which work may be claimed.</summary>
    public required ulong Deadline { get; init; }

    /// <summary>How many segments the source has.</summary>
    public int Segments => (int)Frames.Aggregate(0L, (sum, run) => sum + run.Segments);

    /// <summary>ω of one segment in one rendition.</summary>
    public ulong WattsOf(int segment, int rendition)
    {
        var asked = Renditions[rendition];
        return WorkSchedule.Of(asked.Codec, asked.Preset, FramesOf(segment), asked.Width, asked.Height);
    }

    /// <summary>ω of some segments in every rendition.</summary>
    public UInt128 WattsOf(SegmentSet segments) => LeafClasses(segments).Aggregate(UInt128.Zero, (sum, leaves) => sum + ((UInt128)leaves.Watts * (uint)leaves.Count));

    /// <summary>ω of the dearest leaf among some segments: what the time for their checks follows from.</summary>
    public ulong DearestLeaf(SegmentSet segments) => LeafClasses(segments).Max(leaves => leaves.Watts);

    /// <summary>The leaves of some segments, those of equal ω together: some thousand at the most, however many leaves there are.</summary>
    /// <returns>The place of the first of the segments in question among them all, how many follow each other, of which rendition, and ω of each.</returns>
    internal IEnumerable<(int From, int Count, int Rendition, ulong Watts)> LeafClasses(SegmentSet segments)
    {
        var (first, from) = (0, 0);
        foreach (var run in Frames)
        {
            var count = Enumerable.Range(first, (int)run.Segments).Count(segments.Contains);
            for (var rendition = 0; count > 0 && rendition < Renditions.Length; rendition++)
            {
                var asked = Renditions[rendition];
                yield return (from, count, rendition, WorkSchedule.Of(asked.Codec, asked.Preset, run.Frames, asked.Width, asked.Height));
            }

            first += (int)run.Segments;
            from += count;
        }
    }

    /// <summary>ω of all the work.</summary>
    public UInt128 Watts => WattsOf(SegmentSet.Of(Enumerable.Range(0, Segments)));

    /// <summary>Frames of one segment.</summary>
    public uint FramesOf(int segment)
    {
        foreach (var run in Frames)
        {
            if (segment < run.Segments)
            {
                return run.Frames;
            }

            segment -= (int)run.Segments;
        }

        throw new ArgumentOutOfRangeException(nameof(segment));
    }

    /// <summary>What a verifier that commits, or a client that disputes a leaf, puts at stake.</summary>
    public Amount Bond(ContractParameters parameters) => CheckFee * parameters.BondFees;

    /// <summary>What a client that complains about a delivery puts at stake: the bond, and a share of what it would not have to pay.</summary>
    /// <param name="segments">Said not to have come.</param>
    /// <param name="price">The miner's.</param>
    /// <param name="parameters">Of the chain.</param>
    public Amount ComplaintBond(SegmentSet segments, Amount price, ContractParameters parameters) =>
        Bond(parameters) + WorkSchedule.Price(WattsOf(segments), price)!.Value.Share(parameters.ComplaintBondPercent, 100);

    /// <summary>What the checks of a claim may cost at the most: a reveal for each sample, and a panel should the first verifier disagree.</summary>
    /// <param name="leaves">Of the claim.</param>
    /// <param name="parameters">Of the chain.</param>
    public UInt128 ChecksOf(int leaves, ContractParameters parameters) =>
        (UInt128)CheckFee.Nano * (ulong)(Math.Min(leaves, parameters.Samples) * (1 + parameters.EscalationPanel));

    /// <summary>The least budget such a job is opened with, in nano-VID: all work at the dearest price, and the checks of as many claims as its miners may post. So whatever
    /// they claim within the terms is covered, and nobody's claim can use up another's pay.</summary>
    public UInt128 LeastBudget(ContractParameters parameters)
    {
        var dearest = Miners.Aggregate(Amount.Zero, (most, miner) => miner.Price > most ? miner.Price : most);
        var work = Watts * dearest.Nano / WorkSchedule.WattsPerPrice;
        return work + (ChecksOf(Segments * Renditions.Length, parameters) * (uint)Miners.Length * parameters.ClaimsPerMiner);
    }

    /// <summary>What <see cref="SourceRoot"/> is over.</summary>
    /// <param name="segment">From 0.</param>
    /// <param name="source">SHA-256 of the source segment's bytes.</param>
    /// <param name="frames">Its frames.</param>
    public static Hash256 SourceLeaf(int segment, ContentHash source, uint frames) =>
        new RlpWriter().StartList().Text("VideoMesh source v1").Number((ulong)segment).Hash(source).Number(frames).EndList().Keccak();

    /// <summary>Equal by content: by encoding.</summary>
    public bool Equals(JobTerms? other) => other is not null && Hash == other.Hash;

    public override int GetHashCode() => SourceRoot.GetHashCode();

    private Hash256 Hash
    {
        get
        {
            var writer = new RlpWriter();
            WriteTo(writer);
            return writer.Keccak();
        }
    }

    internal void WriteTo(RlpWriter writer)
    {
        writer.StartList().Hash(SourceRoot).StartList();
        foreach (var run in Frames)
        {
            writer.Number(run.Segments).Number(run.Frames);
        }

        writer.EndList().StartList();
        foreach (var asked in Renditions)
        {
            writer.StartList().Text(asked.Codec).Text(asked.Preset).Number(asked.Width).Number(asked.Height).Hash(asked.Spec).EndList();
        }

        writer.EndList().Hash(Class).StartList();
        foreach (var miner in Miners)
        {
            writer.StartList().Address(miner.Address).Number(miner.Price.Nano).Number(miner.MaxSegments).EndList();
        }

        writer.EndList().Number(CheckFee.Nano).Number(Deadline).EndList();
    }

    /// <exception cref="RlpException">The next item is not the canonical encoding of terms a chain could live with.</exception>
    internal static JobTerms ReadFrom(ref RlpReader outer)
    {
        var reader = outer.ReadList();
        var root = reader.ReadHash();
        var frames = ImmutableArray.CreateBuilder<FrameRun>();
        for (var list = reader.ReadList(); !list.AtEnd;)
        {
            frames.Add(Bounded(new FrameRun(list.ReadUInt32(), list.ReadUInt32()), frames.Count));
        }

        var renditions = ImmutableArray.CreateBuilder<JobRendition>();
        for (var list = reader.ReadList(); !list.AtEnd;)
        {
            Require(renditions.Count < MaxRenditions);
            var item = list.ReadList();
            renditions.Add(new JobRendition(item.ReadText(MaxNameBytes), item.ReadText(MaxNameBytes), item.ReadUInt32(), item.ReadUInt32(), item.ReadHash()));
            item.End();
        }

        var wanted = reader.ReadHash();
        var miners = ImmutableArray.CreateBuilder<JobMiner>();
        for (var list = reader.ReadList(); !list.AtEnd;)
        {
            Require(miners.Count < MaxMiners);
            var item = list.ReadList();
            miners.Add(new JobMiner(item.ReadAddress(), new Amount(item.ReadUInt64()), item.ReadUInt32()));
            item.End();
        }

        var terms = new JobTerms
        {
            SourceRoot = root,
            Frames = frames.ToImmutable(),
            Renditions = renditions.ToImmutable(),
            Class = wanted,
            Miners = miners.ToImmutable(),
            CheckFee = new Amount(reader.ReadUInt64()),
            Deadline = reader.ReadUInt64(),
        };
        reader.End();
        Require(terms.Frames.Aggregate(0L, (sum, run) => sum + run.Segments) <= MaxSegments);
        return terms;
    }

    private static FrameRun Bounded(FrameRun run, int before)
    {
        Require(before < MaxRuns && run.Segments is >= 1 and <= MaxSegments && run.Frames is >= 1 and <= WorkSchedule.MaxFrames);
        return run;
    }

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new RlpException(RlpRefusal.UnknownValue);
        }
    }
}
