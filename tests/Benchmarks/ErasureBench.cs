using System.Diagnostics;
using System.Text.Json;
using VideoMesh.Miners.Storage;
using VideoMesh.TestKit;

namespace VideoMesh.Benchmarks;

/// <summary>The erasure code beside Intel's ISA-L, in turn, on one thread: parity of a stripe, and rebuilding as many data blocks as there is parity.</summary>
internal static class ErasureBench
{
    private const int BlockBytes = 6_710_886;
    private static readonly (int Data, int Parity)[] Codes = [(10, 4), (8, 4), (4, 2)];

    public static int Run(string[] arguments)
    {
        var runs = new BenchOptions(arguments).Int("runs", 15);
        Console.Error.WriteLine($"{"code",7} {"ours GB/s",10} {"ISA-L GB/s",11} {"÷ ISA-L",8} {"rebuild GB/s",13}   (bytes of data a second, blocks of {BlockBytes} bytes, {runs} runs)");
        var results = Codes.Select(code => Measure(code.Data, code.Parity, runs)).ToList();
        Console.WriteLine(JsonSerializer.Serialize(new { bench = "erasure", runs, blockBytes = BlockBytes, results }, JsonSerializerOptions.Web));
        return 0;
    }

    private static Row Measure(int data, int parity, int runs)
    {
        var random = new Random(data);
        var blocks = Enumerable.Range(0, data + parity).Select(_ => GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true)).ToArray();
        foreach (var block in blocks)
        {
            random.NextBytes(block);
        }

        nint[] pointers = [.. blocks.Select(block => block.AsMemory().Pin()).Select(Pointer)];
        var code = new ReedSolomon(data, parity);
        var peer = IsaL.Encoder(data, parity);
        List<ReadOnlyMemory<byte>> from = [.. blocks.Take(data).Select(block => (ReadOnlyMemory<byte>)block)];
        List<Memory<byte>> to = [.. blocks.Skip(data).Select(block => block.AsMemory())];
        var lost = Math.Min(data, parity);
        var present = Enumerable.Range(lost, data).Select(place => (place, (ReadOnlyMemory<byte>)blocks[place])).ToList();
        var missing = Enumerable.Range(0, lost).Select(place => (place, new byte[BlockBytes].AsMemory())).ToList();
        void Ours() => code.Encode(from, to);
        void Theirs() => peer(pointers[..data], pointers[data..], BlockBytes);
        void Rebuild() => code.Rebuild(present, missing);

        // once for nothing, so that all is compiled and every page is there
        Theirs();
        var expected = blocks.Skip(data).Select(block => block.ToArray()).ToList();
        Enumerable.Range(0, 50).ToList().ForEach(_ => Ours());
        Rebuild();
        if (!expected.Zip(blocks.Skip(data)).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)) || !missing.All(block => block.Item2.Span.SequenceEqual(blocks[block.place])))
        {
            throw new InvalidOperationException("The two codes do not agree, or rebuilding does not give back what was.");
        }

        List<double> ours = [], theirs = [], rebuilt = [];
        for (var run = 0; run < runs; run++)
        {
            ours.Add(Seconds(Ours));
            theirs.Add(Seconds(Theirs));
            rebuilt.Add(Seconds(Rebuild));
        }

        var gigabytes = (double)data * BlockBytes / 1e9;
        var row = new Row(
            data, parity, gigabytes / BenchOptions.Median(ours), gigabytes / BenchOptions.Median(theirs),
            BenchOptions.Median(ours.Zip(theirs).Select(pair => pair.Second / pair.First)), gigabytes / BenchOptions.Median(rebuilt));
        Console.Error.WriteLine($"{$"{data} + {parity}",7} {row.Ours,10:0.0} {row.IsaL,11:0.0} {row.Ratio,8:0.00} {row.Rebuild,13:0.0}");
        return row;
    }

    private static unsafe nint Pointer(System.Buffers.MemoryHandle pin) => (nint)pin.Pointer;

    private static double Seconds(Action work)
    {
        var started = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Gigabytes of data a second; the ratio is the median of the runs' ratios.</summary>
    private sealed record Row(int Data, int Parity, double Ours, double IsaL, double Ratio, double Rebuild);
}
