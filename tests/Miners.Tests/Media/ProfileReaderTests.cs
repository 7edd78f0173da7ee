using VideoMesh.Miners.Media;

namespace VideoMesh.Miners.Tests.Media;

public sealed class ProfileReaderTests
{
    private static readonly string Folder = Path.Combine(RepositoryRoot(), "config", "profiles");

    public static TheoryData<string> BuiltIn => [.. ProfileReader.BuiltIn(Folder)];

    [Fact]
    public void What_is_left_out_has_the_documented_default()
    {
        var profile = ProfileReader.Read("{}");
        Assert.Equal("custom", profile.Name);
        Assert.Equal(TimeSpan.FromSeconds(4), profile.SegmentLength);
        Assert.Equal<ProfileRendition>([new("h264", VideoCodec.H264, null, 23, "medium")], profile.Renditions);
        Assert.Equal(new AudioSettings(AudioCodec.Aac, 128), profile.Audio);
        Assert.Equal<OutputKind>([OutputKind.Mp4], profile.Outputs);
    }

    [Fact]
    public void Everything_that_can_be_said_is_understood()
    {
        var profile = ProfileReader.Read("""
            {"name":"full","segmentSeconds":2.5,"audio":{"codec":"opus","kbps":96},"outputs":["mkv","hls","dash","mp4"],
             "renditions":[{"name":"a","codec":"av1","height":480,"crf":40,"preset":9},{"name":"b","codec":"vp9","height":360,"preset":"3"}]}
            """);
        Assert.Equal(TimeSpan.FromSeconds(2.5), profile.SegmentLength);
        Assert.Equal<ProfileRendition>([new("a", VideoCodec.Av1, 480, 40, "9"), new("b", VideoCodec.Vp9, 360, 32, "3")], profile.Renditions);
        Assert.Equal(new AudioSettings(AudioCodec.Opus, 96), profile.Audio);
        Assert.Equal<OutputKind>([OutputKind.Mkv, OutputKind.Hls, OutputKind.Dash, OutputKind.Mp4], profile.Outputs);
    }

    [Theory]
    [InlineData("""{"name":"x","renditions":[{}],"bitrate":5}""", "'bitrate'")]
    [InlineData("""{"name":"x","renditions":[{"codecs":"h264"}]}""", "'renditions[0].codecs'")]
    [InlineData("""{"name":"x","renditions":[{}],"audio":{"bitrate":5}}""", "'audio.bitrate'")]
    [InlineData("""{"name":"x","renditions":[]}""", "'renditions'")]
    [InlineData("""{"name":"x","name":"y","renditions":[{}]}""", "'name'")]
    [InlineData("""{"name":"../x","renditions":[{}]}""", "'name'")]
    [InlineData("""{"name":"x","renditions":[{"name":"-i"}]}""", "'renditions[0].name'")]
    [InlineData("""{"name":"x","renditions":[{"codec":"h266"}]}""", "'renditions[0].codec'")]
    [InlineData("""{"name":"x","renditions":[{"height":"720"}]}""", "'renditions[0].height'")]
    [InlineData("""{"name":"x","renditions":[{"height":719}]}""", "'renditions[0].height'")]
    [InlineData("""{"name":"x","renditions":[{"height":100000}]}""", "'renditions[0].height'")]
    [InlineData("""{"name":"x","renditions":[{"crf":52}]}""", "'renditions[0].crf'")]
    [InlineData("""{"name":"x","renditions":[{"crf":20.5}]}""", "'renditions[0].crf'")]
    [InlineData("""{"name":"x","renditions":[{"codec":"av1","preset":"medium"}]}""", "'renditions[0].preset'")]
    [InlineData("""{"name":"x","renditions":[{"preset":"medium -i /etc/passwd"}]}""", "'renditions[0].preset'")]
    [InlineData("""{"name":"x","renditions":[{},{}]}""", "'h264'")]
    [InlineData("""{"name":"x","renditions":[{}],"segmentSeconds":0}""", "'segmentSeconds'")]
    [InlineData("""{"name":"x","renditions":[{}],"outputs":["webm"]}""", "'outputs'")]
    [InlineData("""{"name":"x","renditions":[{}],"outputs":[]}""", "'outputs'")]
    [InlineData("""{"name":"x","renditions":[{}],"audio":{"codec":"mp3"}}""", "'audio.codec'")]
    [InlineData("""{"name":"x","renditions":[{}],"audio":"aac"}""", "'audio'")]
    [InlineData("""[]""", "profile")]
    [InlineData("""{"name":""", "JSON")]
    public void Refuses_what_it_does_not_understand_by_the_name_of_the_key(string json, string named)
    {
        var refusal = Assert.Throws<ProfileException>(() => ProfileReader.Read(json));
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void Built_in_profiles_load_by_name(string name) => Assert.Equal(name, ProfileReader.Load(name, Folder).Name);

    [Fact]
    public void The_promised_profiles_are_built_in()
    {
        Assert.Equal<string>(["av1-720p", "h264-1080p", "h265-1080p", "hls-ladder", "mp4-copy-audio", "vp9-720p"], ProfileReader.BuiltIn(Folder));
        Assert.Equal<OutputKind>([OutputKind.Mp4, OutputKind.Hls, OutputKind.Dash], ProfileReader.Load("hls-ladder", Folder).Outputs);
        Assert.Equal(AudioCodec.Copy, ProfileReader.Load("mp4-copy-audio", Folder).Audio.Codec);
    }

    [Fact]
    public void An_unknown_profile_is_refused_with_the_names_of_those_there_are()
    {
        var refusal = Assert.Throws<ProfileException>(() => ProfileReader.Load("h264", Folder));
        Assert.Contains("hls-ladder", refusal.Message, StringComparison.Ordinal);
    }

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "VideoMesh.sln")))
        {
            folder = Path.GetDirectoryName(folder.TrimEnd('/')) ?? throw new InvalidOperationException("The tests do not lie in the repository.");
        }

        return folder;
    }
}
