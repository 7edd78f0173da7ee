using System.Buffers.Binary;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Sandbox;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Miners.Tests.Media;

public sealed class EncodeArgumentsTests : IDisposable
{
    private static readonly RenditionSpec Spec = new()
    {
        Name = "small", Codec = VideoCodec.H264, Width = 160, Height = 90, Crf = 28, Preset = "ultrafast", PixelFormat = "yuv420p", FrameRate = new Rational(30, 1),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("videomesh-clips-").FullName;

    public static TheoryData<RenditionSpec> Impossible =>
    [
        Spec with { Width = 161 },
        Spec with { Height = 0 },
        Spec with { Width = 16384, Height = 16384 },
        Spec with { Crf = 0 },
        Spec with { Crf = 52 },
        Spec with { Preset = "placebo" },
        Spec with { Preset = "ultrafast -vf drawtext" },
        Spec with { Codec = VideoCodec.Av1, Preset = "medium" },
        Spec with { Codec = (VideoCodec)9 },
        Spec with { PixelFormat = "yuv444p" },
        Spec with { PixelFormat = "yuv420p10le" },
        Spec with { ColourSpace = "bt709:out_range=pc" },
        Spec with { ColourPrimaries = "-i" },
        Spec with { ColourTransfer = "x" },
        Spec with { ColourRange = "full" },
        Spec with { Orientation = (Orientation)8 },
        Spec with { FrameRate = new Rational(0, 1) },
        Spec with { FrameRate = new Rational(100_000, 1) },
    ];

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Nothing_from_outside_the_closed_lists_reaches_an_argument(RenditionSpec spec) =>
        Assert.Throws<ArgumentException>(() => EncodeArguments.Build("in.mkv", [spec], ["out.mp4"]));

    [Fact]
    public void Renditions_and_outputs_must_match()
    {
        Assert.Throws<ArgumentException>(() => EncodeArguments.Build("in.mkv", [], []));
        Assert.Throws<ArgumentException>(() => EncodeArguments.Build("in.mkv", [Spec], ["a.mp4", "b.mp4"]));
    }

    [Fact]
    public void A_ladder_is_one_decode_and_each_file_name_is_an_argument_of_its_own()
    {
        var arguments = EncodeArguments.Build("in.mkv", [Spec, Spec with { Name = "tiny", Width = 80, Height = 46 }], ["a.mp4", "b.mp4"]);
        Assert.Single(arguments, argument => argument is "-i");
        Assert.Contains(arguments, argument => argument.StartsWith("[0:v:0]split=2[s0][s1];", StringComparison.Ordinal));
        Assert.Contains("file:a.mp4", arguments);
        Assert.Contains("file:b.mp4", arguments);
    }

    [Theory]
    [InlineData("h264", "ultrafast")]
    [InlineData("h265", "ultrafast")]
    [InlineData("vp9", "5")]
    [InlineData("av1", "12")]
    public async Task A_rendition_comes_out_the_same_alone_and_within_a_ladder(string codec, string preset)
    {
        Assert.True(MediaNames.TryParseVideoCodec(codec, out var video));
        var spec = Spec with { Codec = video, Preset = preset, Crf = 30 };
        var segment = await A.Clip.Lasting(0.7).Silent().In("mkv").MakeAsync(_folder);
        await using var session = PlainSession.With();
        File.Copy(segment, Path.Combine(session.WorkFolder, "in.mkv"));
        var alone = await EncodeAsync(session, [spec]);
        var again = await EncodeAsync(session, [spec]);
        var ladder = await EncodeAsync(session, [spec with { Name = "other", Width = 320, Height = 180 }, spec]);
        Assert.Equal(alone[0], again[0]);
        Assert.Equal(alone[0].PacketHash, ladder[1].PacketHash);
        Assert.Equal((21, video.ProbeName(), 160, 90), (alone[0].Frames, alone[0].Codec, alone[0].Width, alone[0].Height));

        // what is read of a segment without a program is what the program finds
        Assert.Equal(alone[0], (await ReadAsync(Path.Combine(session.WorkFolder, $"{spec.Name}.mp4"), mostFrames: 21)).Facts);
    }

    [Fact]
    public async Task A_segment_whose_tables_lie_is_not_read()
    {
        await using var session = PlainSession.With();
        File.Copy(await A.Clip.Lasting(0.4).Silent().In("mkv").MakeAsync(_folder), Path.Combine(session.WorkFolder, "in.mkv"));
        var facts = (await EncodeAsync(session, [Spec with { Preset = "ultrafast" }]))[0];
        var path = Path.Combine(session.WorkFolder, $"{Spec.Name}.mp4");
        var honest = await File.ReadAllBytesAsync(path);
        Assert.Equal(facts, (await ReadAsync(path, facts.Frames)).Facts);
        Assert.Equal(MediaFault.SegmentMismatch, (await Assert.ThrowsAsync<MediaException>(() => ReadAsync(path, facts.Frames - 1))).Fault);

        // all frames of the whole file's size: a small file that would stand for many times its bytes
        var sizes = honest.AsSpan().IndexOf("stsz"u8) + 12;
        var lying = honest.ToArray();
        for (var i = 0; i < facts.Frames; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(lying.AsSpan(sizes + 4 + (4 * i)), honest.Length / 3);
        }

        await File.WriteAllBytesAsync(path, lying);
        await Assert.ThrowsAsync<MediaException>(() => ReadAsync(path, facts.Frames));

        // another size of picture in the container is another description, which the inspector has to confirm
        var description = honest.AsSpan().IndexOf("stsd"u8);
        var width = description + honest.AsSpan(description).IndexOf("avc1"u8) + 28;
        lying = honest.ToArray();
        BinaryPrimitives.WriteInt16BigEndian(lying.AsSpan(width), 1280);
        await File.WriteAllBytesAsync(path, lying);
        var reading = await ReadAsync(path, facts.Frames);
        Assert.NotEqual(reading.Facts, await SegmentInspector.InspectAsync(session, $"{Spec.Name}.mp4", CancellationToken.None));
        await File.WriteAllBytesAsync(path, honest);
        Assert.NotEqual(reading.Description, (await ReadAsync(path, facts.Frames)).Description);
    }

    [Theory]
    [InlineData(Orientation.TurnClockwise)]
    [InlineData(Orientation.TurnHalf)]
    [InlineData(Orientation.TurnAnticlockwise)]
    [InlineData(Orientation.Mirror)]
    [InlineData(Orientation.MirrorTurnClockwise)]
    [InlineData(Orientation.MirrorTurnHalf)]
    [InlineData(Orientation.MirrorTurnAnticlockwise)]
    public async Task A_picture_that_lies_on_its_side_stands_upright_as_ffmpeg_itself_would_turn_it(Orientation orientation)
    {
        var clip = await A.Clip.Lasting(0.2).Silent().MakeAsync(_folder);
        await DisplayMatrixPatch.WriteAsync(clip, orientation);
        await using var run = await MediaRun.OfAsync(clip, """{"name":"x","renditions":[{"height":90,"preset":"ultrafast","crf":15}]}""");
        Assert.Equal(orientation, run.Source.Video.Orientation);

        // ffmpeg's own reading of the matrix is the judge
        var upright = Path.Combine(_folder, "upright.mkv");
        await Tools.FfmpegAsync(["-i", clip, "-c:v", "ffv1", upright]);
        var spec = run.Renditions.Renditions[0];
        Assert.InRange(await Tools.PsnrAsync(run.PathOf(run.Only), upright, $"scale={spec.Width}:{spec.Height}:flags=bicubic"), 27, 100);
        var probe = await Tools.FfprobeAsync(["-show_entries", "stream_side_data=rotation:stream_tags=rotate", "-of", "csv=p=0", run.PathOf(run.Only)]);
        Assert.Equal("", probe.Trim());
    }

    [Theory]
    [InlineData("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nother.mkv\n#EXT-X-ENDLIST\n")]
    [InlineData("ffconcat version 1.0\nfile other.mkv\n")]
    public async Task A_segment_from_a_stranger_cannot_name_another_file(string playlist)
    {
        await using var session = PlainSession.With();
        File.Copy(await A.Clip.Lasting(0.2).Silent().In("mkv").MakeAsync(_folder), Path.Combine(session.WorkFolder, "other.mkv"));
        await File.WriteAllTextAsync(Path.Combine(session.WorkFolder, "in.mkv"), playlist);
        var run = await session.RunAsync(
            new SandboxCommand { Tool = MediaTool.Ffmpeg, Arguments = EncodeArguments.Build("in.mkv", [Spec], ["out.mp4"]) }, CancellationToken.None);
        Assert.NotEqual(0, run.ExitCode);
        await Assert.ThrowsAsync<MediaException>(() => SegmentInspector.InspectAsync(session, "in.mkv", CancellationToken.None));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<SegmentReading> ReadAsync(string path, int mostFrames)
    {
        await using var file = File.OpenRead(path);
        return await SegmentReader.ReadAsync(file, mostFrames, CancellationToken.None);
    }

    private static async Task<List<SegmentFacts>> EncodeAsync(PlainSession session, List<RenditionSpec> specs)
    {
        var outputs = specs.ConvertAll(spec => $"{spec.Name}.mp4");
        var run = await session.RunAsync(new SandboxCommand { Tool = MediaTool.Ffmpeg, Arguments = EncodeArguments.Build("in.mkv", specs, outputs) }, CancellationToken.None);
        Assert.True(run.ExitCode == 0, run.Errors);
        var facts = new List<SegmentFacts>();
        foreach (var output in outputs)
        {
            facts.Add(await SegmentInspector.InspectAsync(session, output, CancellationToken.None));
        }

        return facts;
    }
}
