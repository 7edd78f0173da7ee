using System.Diagnostics;
using System.Text.Json;
using VideoMesh.TestKit;

namespace VideoMesh.Benchmarks;

/// <summary>The real job code in virtual time: what one assignment costs as jobs grow, and how near the ideal the makespan is.</summary>
internal static class ScheduleBench
{
    private const int Miners = 200;
    private const int Frames = 100;
    private static readonly int[] Sizes = [1_250, 2_500, 5_000, 10_000, 20_000];

    public static int Run(string[] arguments)
    {
        var runs = new BenchOptions(arguments).Int("runs", 5);
        Simulate(Sizes[0], seed: 0);
        var results = Sizes.Select(segments => Measure(segments, runs)).ToList();
        Console.Error.WriteLine($"{"segments",9} {"µs/assignment",14} {"makespan/ideal",15}   ({Miners} miners of unequal speed, median of {runs} runs)");
        foreach (var r in results)
        {
            Console.Error.WriteLine($"{r.Segments,9} {r.MicrosecondsPerAssignment,14:0.0} {r.MakespanToIdeal,15:0.000}");
        }

        var growth = results.Single(r => r.Segments == 10_000).MicrosecondsPerAssignment / results[0].MicrosecondsPerAssignment;
        Console.Error.WriteLine($"cost per assignment at 10,000 segments is {growth:0.00} × that at {Sizes[0]}");
        Console.WriteLine(JsonSerializer.Serialize(new { bench = "schedule", miners = Miners, runs, results, growth }, JsonSerializerOptions.Web));
        return 0;
    }

    private static Row Measure(int segments, int runs)
    {
        var measured = Enumerable.Range(1, runs).Select(seed => Simulate(segments, seed)).ToList();
        return new Row(segments, BenchOptions.Median(measured.Select(m => m.Microseconds)), BenchOptions.Median(measured.Select(m => m.ToIdeal)));
    }

    private static (double Microseconds, double ToIdeal) Simulate(int segments, int seed)
    {
        var random = new Random(seed);
        var miners = Enumerable.Range(0, Miners)
            .Select(_ => 5 + (random.NextDouble() * 45))
            .Select(speed => new SimulatedMiner(random.Next(1, 5), speed * (0.9 + (random.NextDouble() * 0.2)), speed))
            .ToList();
        var started = Stopwatch.GetTimestamp();
        var run = ScheduleSimulation.Run(seed, miners, [.. Enumerable.Repeat(Frames, segments)]);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var ideal = (double)segments * Frames / miners.Sum(m => m.Slots * m.Actual);
        return (elapsed.TotalMicroseconds / run.Assignments, run.Makespan.TotalSeconds / ideal);
    }

    private sealed record Row(int Segments, double MicrosecondsPerAssignment, double MakespanToIdeal);
}
