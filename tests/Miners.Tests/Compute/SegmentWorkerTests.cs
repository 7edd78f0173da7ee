using System.Diagnostics;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Sandbox;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Compute;

public sealed class SegmentWorkerTests
{
    [Fact]
    public async Task Encodes_every_rendition_from_one_decode_and_keeps_the_results_pinned()
    {
        await using var bench = await ComputeBench.CreateAsync();
        var seen = new List<int>();
        var specs = ComputeBench.Ladder.Add(ComputeBench.Spec(VideoCodec.Vp9, 64, 36));
        var result = await bench.EncodeAsync(specs, progress: seen.Add);
        Assert.Equal(specs.Select(spec => spec.Name), result.Renditions.Select(rendition => rendition.Name));
        foreach (var rendition in result.Renditions)
        {
            Assert.Equal(ComputeBench.Frames, rendition.Frames);
            Assert.Equal(TimeSpan.FromSeconds(ComputeBench.Frames / 25.0), rendition.Duration);
            Assert.True(bench.Store.TryGetLength(rendition.Hash, out var length));
            Assert.Equal(rendition.Bytes, length);
            Assert.True(bench.Store.IsPinned(rendition.Hash));
            Assert.Equal(ContentCheck.Intact, await bench.Store.VerifyAsync(rendition.Hash));
        }

        Assert.Equal(0, seen[0]);
        Assert.Equal(ComputeBench.Frames, seen[^1]);
        Assert.True(result.CpuTime > TimeSpan.Zero);
        Assert.Empty(Directory.GetFileSystemEntries(bench.Sandbox.LastWorkFolder!));
    }

    [Fact]
    public async Task The_same_segment_gives_the_same_bytes_again()
    {
        await using var bench = await ComputeBench.CreateAsync();
        var specs = ComputeBench.Ladder.Add(ComputeBench.Spec(VideoCodec.H265, 64, 64));
        var first = await bench.EncodeAsync(specs);
        Assert.Equal(first.Renditions.AsEnumerable(), (await bench.EncodeAsync(specs)).Renditions.AsEnumerable());
    }

    [Fact]
    public async Task Encodes_as_many_at_once_as_there_are_slots_and_keeps_their_sessions_warm()
    {
        await using var bench = await ComputeBench.CreateAsync(slots: 2);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => bench.EncodeAsync()));
        // one that encodes and one that is made ready or put away, for each slot
        Assert.InRange(bench.Sandbox.Opened, 1, 4);
        Assert.InRange(bench.Sandbox.MostAtOnce, 1, 2);
        await bench.Worker.DisposeAsync();
        Assert.Equal(bench.Sandbox.Opened, bench.Sandbox.Closed);
    }

    [Fact]
    public async Task The_next_segment_waits_ready_for_the_slot()
    {
        await using var bench = await ComputeBench.CreateAsync();
        var (entered, leave) = (new ManualResetEventSlim(), new ManualResetEventSlim());
        bench.Sandbox.BeforeRun = _ =>
        {
            entered.Set();
            leave.Wait();
            return null;
        };
        var first = Task.Run(() => bench.EncodeAsync());
        entered.Wait();
        var second = Task.Run(() => bench.EncodeAsync());
        await Eventually.TrueAsync(() => bench.Sandbox.Opened == 2, what: "the next one has its session");
        leave.Set();
        await Task.WhenAll(first, second);
        Assert.Equal(1, bench.Sandbox.MostAtOnce);
    }

    [Theory]
    [InlineData("This is no video.")]
    [InlineData("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")]
    [InlineData("ffconcat version 1.0\nfile clip.mkv\n")]
    [InlineData("")]
    public async Task Names_a_source_that_is_no_video(string text)
    {
        await using var bench = await ComputeBench.CreateAsync();
        var stored = await bench.Store.PutAsync(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)), null, 1000, ComputeBench.Scope);
        Assert.Equal(SegmentFailure.SourceUnreadable, await bench.FailureOfAsync(source: stored.Hash));
    }

    [Fact]
    public async Task Names_a_source_that_is_not_there()
    {
        await using var bench = await ComputeBench.CreateAsync();
        Assert.Equal(SegmentFailure.SourceUnreadable, await bench.FailureOfAsync(source: ContentHash.Of([1])));
    }

    [Fact]
    public async Task Does_not_deliver_another_number_of_frames_than_asked_for()
    {
        await using var bench = await ComputeBench.CreateAsync();
        Assert.Equal(SegmentFailure.WrongResult, await bench.FailureOfAsync(frames: ComputeBench.Frames + 1));
        Assert.Equal(1, bench.Store.Count);
    }

    [Fact]
    public async Task Names_a_full_store()
    {
        await using var bench = await ComputeBench.CreateAsync(budgetBytes: 40_000);
        var room = 40_000 - bench.Store.UsedBytes;
        await bench.Store.PutAsync(new PatternBytes(room), null, room, ComputeBench.Scope);
        Assert.Equal(SegmentFailure.DiskFull, await bench.FailureOfAsync());
    }

    [Fact]
    public async Task Names_a_full_disk_below_the_work_folder()
    {
        using var folder = new TemporaryFolder();
        Run("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", folder.Path);
        try
        {
            await using var bench = await ComputeBench.CreateAsync(scratch: folder["scratch"]);
            var failure = await Assert.ThrowsAsync<SegmentWorkException>(() => bench.EncodeAsync([ComputeBench.Spec(VideoCodec.H264, 640, 360, crf: 1)]));
            Assert.Equal(SegmentFailure.DiskFull, failure.Reason);

            // It was the encoder that found it full: the source still had room.
            Assert.IsType<MediaException>(failure.InnerException);
        }
        finally
        {
            Run("umount", folder.Path);
        }
    }

    [Fact]
    public async Task A_cancelled_encode_ends_its_command_and_leaves_a_clean_warm_session()
    {
        await using var bench = await ComputeBench.CreateAsync();
        using var cancel = new CancellationTokenSource();
        bench.Sandbox.WhileRunning = cancel.Cancel;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.EncodeAsync(cancellationToken: cancel.Token));
        Assert.Equal(1, bench.Store.Count);
        Assert.Empty(Directory.GetFileSystemEntries(bench.Sandbox.LastWorkFolder!));

        bench.Sandbox.WhileRunning = null;
        await bench.EncodeAsync();
        Assert.Equal(1, bench.Sandbox.Opened);
    }

    [Fact]
    public async Task A_broken_sandbox_session_is_named_and_replaced()
    {
        await using var bench = await ComputeBench.CreateAsync();
        bench.Sandbox.BeforeRun = _ => throw new SandboxException("The engine at /secret/socket is gone.");
        var failure = await Assert.ThrowsAsync<SegmentWorkException>(() => bench.EncodeAsync());
        Assert.Equal(SegmentFailure.SandboxFailed, failure.Reason);
        Assert.DoesNotContain("/secret", failure.Message, StringComparison.Ordinal);

        bench.Sandbox.BeforeRun = null;
        await bench.EncodeAsync();
        Assert.Equal(2, bench.Sandbox.Opened);
        Assert.Equal(1, bench.Sandbox.Closed);
    }

    [Theory]
    [InlineData(SandboxLimit.WallTime)]
    [InlineData(SandboxLimit.Memory)]
    public async Task Names_a_limit_that_was_hit(SandboxLimit limit)
    {
        await using var bench = await ComputeBench.CreateAsync();
        bench.Sandbox.BeforeRun = _ => new SandboxResult(137, "", null, limit);
        Assert.Equal(SegmentFailure.LimitHit, await bench.FailureOfAsync());
    }

    [Fact]
    public async Task Names_an_encoder_that_failed_on_a_good_source()
    {
        await using var bench = await ComputeBench.CreateAsync();
        var runs = 0;
        bench.Sandbox.BeforeRun = _ => runs++ == 0 ? new SandboxResult(139, "Segmentation fault", null, null) : null;
        Assert.Equal(SegmentFailure.EncoderFailed, await bench.FailureOfAsync());
    }

    [Fact]
    public async Task What_runs_inside_cannot_change_the_stores_bytes()
    {
        await using var bench = await ComputeBench.CreateAsync();
        bench.Sandbox.BeforeRun = work =>
        {
            File.SetUnixFileMode(Path.Combine(work, "source.mkv"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.AppendAllText(Path.Combine(work, "source.mkv"), "changed");
            return null;
        };
        await bench.EncodeAsync();
        Assert.Equal(ContentCheck.Intact, await bench.Store.VerifyAsync(bench.Source));
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private sealed class PatternBytes(long length) : MemoryStream(new byte[length]);
}
