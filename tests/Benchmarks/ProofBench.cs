using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Proofs;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Benchmarks;

/// <summary>
/// Proof of transcoding: how many honest leaves of every codec and odd source are accused (none should be), how often each attack is found on a leaf that is drawn, how often that finds
/// a cheater with the default number of samples, drawn as the ledger draws, and what checking costs beside the job. Miner and verifier have sandboxes and stores of their own.
/// </summary>
internal static class ProofBench
{
    private const int Leaves = 30;
    private const int Draws = 20_000;
    private static readonly double[] Faked = [0.1, 0.2, 0.5, 1];

    public static async Task<int> RunAsync(string[] arguments)
    {
        var options = new BenchOptions(arguments);
        var folder = Directory.CreateTempSubdirectory("videomesh-bench-").FullName;
        try
        {
            await using var bench = await ProofRig.CreateAsync(folder);
            var clips = new ProofClips(folder, [bench.MinerStore, bench.VerifierStore]);
            var segments = await clips.OddAsync(options.Int("seconds", 5));
            var only = (options.Text("only") ?? "honest,attacks,cost").Split(',');
            var started = Stopwatch.GetTimestamp();
            var honest = only.Contains("honest") ? await HonestAsync(bench, segments) : null;
            if (honest is not null)
            {
                Console.Error.WriteLine($"honest: {honest.Leaves} leaves of {segments.Count} segments of {segments.Select(segment => segment.Clip).Distinct(StringComparer.Ordinal).Count()} sources: "
                    + $"{honest.Accepted} accepted, {honest.Rejected} rejected, {honest.Inconclusive} inconclusive ({Stopwatch.GetElapsedTime(started).TotalSeconds:0} s)");
            }

            var attacks = only.Contains("attacks") ? await AttacksAsync(bench, segments, options.Int("leaves", 6)) : [];
            Print(attacks);
            var cost = only.Contains("cost") ? await CostAsync(bench, await clips.FootageAsync(Leaves, options.Int("height", 360))) : [];
            Console.Error.WriteLine($"({Stopwatch.GetElapsedTime(started).TotalSeconds:0} s)");
            Console.WriteLine(JsonSerializer.Serialize(new { bench = "proof", samples = Samples, honest, attacks, cost }, JsonSerializerOptions.Web));
            return honest is { Rejected: > 0 } ? 1 : 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Samples => new ContractParameters().Samples;

    // The miner makes the whole ladder from one decode, the verifier one rung alone.
    private static async Task<Honest> HonestAsync(ProofRig bench, IReadOnlyList<CutSegment> segments)
    {
        var verdicts = new ConcurrentBag<Verdict>();
        await ProofRig.EachAsync(segments.SelectMany(segment => segment.Ladders.Values.Select(ladder => (segment, ladder))), async work =>
        {
            var mined = await bench.MineAsync(work.segment, work.ladder);
            for (var rung = 0; rung < work.ladder.Length; rung++)
            {
                var verdict = TranscodeCheck.Judge(await bench.CheckAsync(work.segment, work.ladder[rung]), mined.Renditions[rung].PacketHash);
                verdicts.Add(verdict);
                if (verdict is not Verdict.Accepted)
                {
                    Console.Error.WriteLine($"  {work.segment.Clip}, {work.ladder[rung].Codec.Text()} {work.ladder[rung].Height}: {verdict}");
                }
            }
        });
        return new Honest(verdicts.Count, verdicts.Count(v => v is Verdict.Accepted), verdicts.Count(v => v is Verdict.Rejected), verdicts.Count(v => v is Verdict.Inconclusive));
    }

    private static async Task<IReadOnlyList<Attack>> AttacksAsync(ProofRig bench, IReadOnlyList<CutSegment> segments, int leaves)
    {
        // cheating needs something to cheat about: of a clip of one frame nothing can be dropped
        var targets = segments.Where(segment => segment.Frames >= 12).ToList();
        var chosen = targets.Where((_, place) => place % Math.Max(1, targets.Count / leaves) == 0).Take(leaves)
            .SelectMany(segment => segment.Ladders.Values.Select(ladder => (Segment: segment, Spec: ladder[0]))).ToList();
        var checks = new ConcurrentDictionary<(CutSegment, RenditionSpec), OwnEncode>();
        await ProofRig.EachAsync(chosen, async work => checks[work] = await bench.CheckAsync(work.Segment, work.Spec));
        bool IsFound((CutSegment, RenditionSpec) leaf, ContentHash? opened) => TranscodeCheck.Judge(checks[leaf], opened) is Verdict.Rejected;

        var attacks = new List<Attack>();
        foreach (var cheat in Enum.GetValues<Cheat>().Where(cheat => cheat != Cheat.OtherMachine))
        {
            var found = 0;
            await using var miner = await bench.CheaterAsync(cheat);
            await ProofRig.EachAsync(chosen, async work =>
            {
                var mined = await miner.EncodeAsync(work.Segment.Source, work.Segment.Frames, [work.Spec], "bench", _ => { }, CancellationToken.None);
                Interlocked.Add(ref found, IsFound(work, mined.Renditions[0].PacketHash) ? 1 : 0);
            });
            attacks.Add(Attack.Of(cheat.ToString(), chosen.Count, found));
        }

        var others = chosen.Select((leaf, place) => (leaf, Other: ((OwnEncode.Done)checks[chosen[(place + 1) % chosen.Count]]).Packets));
        attacks.Add(Attack.Of("AnotherLeafsOutput", chosen.Count, others.Count(pair => IsFound(pair.leaf, pair.Other))));
        attacks.Add(Attack.Of("LeafNeverOpened", chosen.Count, chosen.Count(leaf => IsFound(leaf, null))));
        return attacks;
    }

    private static async Task<IReadOnlyList<Cost>> CostAsync(ProofRig bench, IReadOnlyList<CutSegment> segments)
    {
        var rows = new List<Cost>();
        foreach (var codec in segments[0].Ladders.Keys)
        {
            var job = await bench.CpuAsync(() => ProofRig.EachAsync(segments, segment => bench.MineAsync(segment, segment.Ladders[codec])));
            var drawn = segments.Where((_, place) => place % (Leaves / Samples) == 0).Take(Samples).ToList();
            var checks = await bench.CpuAsync(() => ProofRig.EachAsync(drawn, segment => bench.CheckWholeAsync(segment, segment.Ladders[codec][0])));
            rows.Add(new Cost(codec.Text(), drawn.Count, job, checks, checks / job));
            Console.Error.WriteLine($"{codec.Text()}: job of {Leaves} leaves {job:0.0} CPU s, checks of {drawn.Count} {checks:0.0} CPU s: {100 * checks / job:0.0} %");
        }

        return rows;
    }

    private static void Print(IReadOnlyList<Attack> attacks)
    {
        if (attacks.Count == 0)
        {
            return;
        }

        Console.Error.WriteLine($"{"attack",-24} {"leaves",7} {"found",7}   cheater found with {Samples} samples of {Leaves} leaves when it fakes {string.Join(", ", Faked.Select(share => $"{100 * share:0} %"))}");
        foreach (var attack in attacks)
        {
            Console.Error.WriteLine($"{attack.Name,-24} {attack.Faked,7} {100 * attack.Rate,6:0.0}%   {string.Join(", ", attack.CheaterFound.Select(rate => $"{100 * rate:0.0} %"))}");
        }
    }

    private sealed record Honest(int Leaves, int Accepted, int Rejected, int Inconclusive);

    private sealed record Cost(string Codec, int Samples, double JobCpuSeconds, double CheckCpuSeconds, double Share);

    /// <param name="Name">Of the attack.</param>
    /// <param name="Faked">Leaves faked that way.</param>
    /// <param name="Rate">Of them found by a check.</param>
    /// <param name="CheaterFound">How often a cheater is found, by the share it fakes.</param>
    private sealed record Attack(string Name, int Faked, double Rate, IReadOnlyList<double> CheaterFound)
    {
        public static Attack Of(string name, int faked, int found) => new(name, faked, (double)found / faked, [.. ProofBench.Faked.Select(share => Found(share, (double)found / faked))]);

        // The ledger's own draws over many seeds.
        private static double Found(double share, double rate)
        {
            var terms = new JobTerms
            {
                SourceRoot = Hash256.Zero,
                Frames = [new FrameRun(Leaves, 60)],
                Renditions = [new JobRendition("h264", "medium", 640, 360, Hash256.Zero)],
                Class = Hash256.Zero,
                Miners = [],
                CheckFee = Amount.Zero,
                Deadline = 1,
            };
            var claim = new Claim
            {
                Id = Keccak.Hash("bench"u8), JobId = Hash256.Zero, Number = 0, Miner = default, Segments = SegmentSet.Of(Enumerable.Range(0, Leaves)), Root = Hash256.Zero, Value = Amount.Zero,
                ForChecks = Amount.Zero, Required = Amount.Zero, DrawAt = 1, DisputeUntil = 0,
            };
            var chance = new Random(1);
            return Enumerable.Range(0, Draws).Count(number => Chain.Contracts.Draws.Leaves(Keccak.Hash(BitConverter.GetBytes(number)), claim, terms, Samples)
                .Any(leaf => leaf.Segment < share * Leaves && chance.NextDouble() < rate)) / (double)Draws;
        }
    }
}
