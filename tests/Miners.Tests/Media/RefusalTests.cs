using System.Buffers.Binary;
using System.Text;
using VideoMesh.Miners.Media;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Miners.Tests.Media;

/// <summary>What is not taken, and by which name.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("videomesh-clips-").FullName;

    [Fact]
    public Task Refuses_a_missing_file() => Refuses(InputRefusal.NotFound, Path.Combine(_folder, "none.mp4"));

    [Fact]
    public Task Refuses_a_directory() => Refuses(InputRefusal.IsDirectory, _folder);

    [Fact]
    public Task Refuses_a_dangling_link()
    {
        var link = Path.Combine(_folder, "link.mp4");
        File.CreateSymbolicLink(link, Path.Combine(_folder, "gone.mp4"));
        return Refuses(InputRefusal.NotFound, link);
    }

    [Fact]
    public Task Refuses_a_device_without_reading_it() => Refuses(InputRefusal.Empty, "/dev/zero");

    [Fact]
    public Task Refuses_an_empty_file() => Refuses(InputRefusal.Empty, Text("empty.mp4", ""));

    [Fact]
    public Task Refuses_text_that_calls_itself_a_video() => Refuses(InputRefusal.NotAVideo, Text("letter.mp4", string.Concat(Enumerable.Repeat("Dear Sir or Madam,\n", 500))));

    [Theory]
    [InlineData("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")]
    [InlineData("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")]
    [InlineData("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nother.mp4\n#EXT-X-ENDLIST\n")]
    [InlineData("ffconcat version 1.0\nfile other.mp4\n")]
    [InlineData("ffconcat version 1.0\nfile /etc/passwd\n")]
    [InlineData("<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" profiles=\"urn:mpeg:dash:profile:isoff-live:2011\"><Period><BaseURL>other.mp4</BaseURL></Period></MPD>")]
    public async Task Refuses_a_playlist_that_calls_itself_a_video(string playlist)
    {
        await A.Clip.Lasting(1).MakeAsync(_folder, "other");
        await Refuses(InputRefusal.NotAVideo, Text("list.mp4", playlist));
    }

    [Fact]
    public async Task Refuses_audio_even_with_a_cover_picture()
    {
        var sound = Path.Combine(_folder, "sound.m4a");
        await Tools.FfmpegAsync(["-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac", sound]);
        await Refuses(InputRefusal.AudioOnly, sound);
        var cover = Path.Combine(_folder, "cover.png");
        var album = Path.Combine(_folder, "album.m4a");
        await Tools.FfmpegAsync(["-f", "lavfi", "-i", "testsrc2=size=64x64", "-frames:v", "1", cover]);
        await Tools.FfmpegAsync(["-i", sound, "-i", cover, "-map", "0", "-map", "1", "-c", "copy", "-disposition:v:0", "attached_pic", album]);
        await Refuses(InputRefusal.AudioOnly, album);
    }

    [Fact]
    public async Task Refuses_a_file_whose_index_was_cut_off()
    {
        var path = await A.Clip.MakeAsync(_folder);
        await using (var file = new FileStream(path, FileMode.Open))
        {
            file.SetLength(file.Length / 2);
        }

        await Refuses(InputRefusal.Truncated, path);
    }

    [Fact]
    public async Task Refuses_absurd_dimensions()
    {
        var path = await A.Clip.Sized(64, 64).OfFrames(2).Silent().Encoded("-c:v", "rawvideo").In("avi").MakeAsync(_folder);
        var bytes = await File.ReadAllBytesAsync(path);
        // the bitmap header behind 'strf': its size, then width and height
        var header = bytes.AsSpan().IndexOf("strf"u8) + 8;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(header + 4), 60_000);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(header + 8), 60_000);
        await File.WriteAllBytesAsync(path, bytes);
        await Refuses(InputRefusal.AbsurdDimensions, path);
    }

    [Theory]
    [InlineData("it's \"quoted\" & `odd`.mp4")]
    [InlineData("with spaces .mp4")]
    [InlineData("-i.mp4")]
    [InlineData("two\nlines.mp4")]
    [InlineData("http:%7E@[x]|;$(id).mp4")]
    [InlineData("clip%06d.mp4")]
    public async Task Takes_a_valid_file_whatever_its_name(string name)
    {
        var path = Path.Combine(_folder, name);
        File.Move(await A.Clip.Lasting(1).MakeAsync(_folder), path);
        var current = Directory.GetCurrentDirectory();
        var source = await ProbeAsync(Path.GetRelativePath(current, path));
        Assert.Equal(30, source.Frames);
    }

    [Theory]
    [InlineData("mp4")]
    [InlineData("flv")]
    [InlineData("mkv")]
    [InlineData("ts")]
    public async Task Keeps_what_is_there_of_a_file_whose_end_is_missing(string extension)
    {
        var clip = A.Clip.Silent().In(extension);
        var path = await (extension is "mp4" ? clip.Tagged("-movflags", "+faststart") : clip).MakeAsync(_folder);
        await using (var file = new FileStream(path, FileMode.Open))
        {
            file.SetLength(file.Length * 7 / 10);
        }

        await using var run = await MediaRun.OfAsync(path, """{"name":"quick","segmentSeconds":1,"renditions":[{"height":90,"preset":"ultrafast"}]}""");
        Assert.InRange(run.Source.Frames, 40, 80);
        Assert.Equal(run.Source.Frames, (await Watch.FileAsync(run.PathOf(run.Only))).Frames.Count);
        Assert.Equal(extension is "mp4", run.Source.Notes.Any(note => note.StartsWith("The file ends early", StringComparison.Ordinal)));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task Refuses(InputRefusal reason, string path)
    {
        var refusal = await Assert.ThrowsAsync<InputRefusedException>(() => ProbeAsync(path));
        Assert.Equal(reason, refusal.Reason);
        Assert.Matches(@"^[^\n]+\.$", refusal.Message);
    }

    private static async Task<SourceInfo> ProbeAsync(string path)
    {
        await using var session = PlainSession.With(("source", InputFile.Check(path)));
        return await MediaProbe.ProbeAsync(session, "source", CancellationToken.None);
    }

    private string Text(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, content, Encoding.ASCII);
        return path;
    }
}
