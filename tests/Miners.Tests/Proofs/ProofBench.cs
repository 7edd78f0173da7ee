using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Proofs;
using VideoMesh.Miners.Sandbox;
using VideoMesh.TestKit;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Miners.Tests.Proofs;

/// <summary>A verifier's bench: a sandbox and a store of its own, and source segments that a client serves.</summary>
internal sealed class ProofBench : IAsyncDisposable
{
    public static readonly Hash256 Class = DeterminismClass.Id("class of the test");
    private const string Scope = "check-1";

    private readonly TemporaryFolder _folder;
    private readonly ISandbox _sandbox;
    private readonly SegmentWorker _worker;

    private ProofBench(TemporaryFolder folder, ISandbox sandbox)
    {
        _folder = folder;
        _sandbox = sandbox;
        Client = Content.A.Store(folder["client"], 1L << 30);
        Store = Content.A.Store(folder["verifier"], 1L << 30);
        _worker = new SegmentWorker(sandbox, Store, 1);
        Check = new TranscodeCheck(_worker, Store, _ => Task.FromResult(ReadClass()), BringAsync, new PictureCheck(sandbox, Store));
    }

    public ContentStore Client { get; }

    public ContentStore Store { get; }

    public TranscodeCheck Check { get; }

    /// <summary>The class of the verifier's machine at this moment.</summary>
    public Func<Hash256> ReadClass { get; set; } = () => Class;

    /// <summary>What happens instead of fetching a source.</summary>
    public Exception? Fetching { get; set; }

    public static async Task<ProofBench> CreateAsync()
    {
        var folder = new TemporaryFolder();
        return new ProofBench(folder, await Sandboxes.CreateAsync(new SandboxOptions { Kind = SandboxKind.Bubblewrap, ScratchRoot = folder["scratch"] }, default));
    }

    public static RenditionSpec Spec(VideoCodec codec, string? preset = null, string pixels = "yuv420p", int crf = 30, Rational? rate = null) => new()
    {
        Name = codec.Text(),
        Codec = codec,
        Width = 160,
        Height = 90,
        Crf = crf,
        Preset = preset ?? (codec is VideoCodec.H264 ? "medium" : codec is VideoCodec.H265 ? "veryfast" : EncoderPresets.Default(codec)),
        PixelFormat = pixels,
        FrameRate = rate ?? new Rational(25, 1),
    };

    /// <summary>A source segment in the client's store.</summary>
    public async Task<ContentHash> SourceAsync(Clip clip)
    {
        var path = await clip.In("mkv").Silent().MakeAsync(_folder.Path, $"source-{Client.Count}");
        return (await Client.AddFileAsync(path, AddMode.Copy, "job")).Hash;
    }

    public async Task<ContentHash> SourceAsync(byte[] bytes) => (await Client.PutAsync(new MemoryStream(bytes), null, bytes.Length, "job")).Hash;

    public async Task<byte[]> BytesAsync(ContentHash source)
    {
        using var reader = Client.OpenRead(source)!;
        var bytes = new byte[reader.Length];
        await reader.Stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    /// <summary>Flips a bit in the middle of what the verifier's store has on disk.</summary>
    public void Rot(ContentHash source)
    {
        var path = Directory.EnumerateFiles(_folder["verifier"], source.ToString(), SearchOption.AllDirectories).Single();
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>What a miner makes of a segment, with an ffmpeg and a sandbox of its own.</summary>
    public async Task<EncodedRendition> MinedAsync(ContentHash source, int frames, RenditionSpec spec, string? ffmpeg = null, SandboxKind kind = SandboxKind.Bubblewrap)
    {
        await using var sandbox = await Sandboxes.CreateAsync(new SandboxOptions { Kind = kind, FfmpegPath = ffmpeg, ScratchRoot = _folder[$"miner-{kind}"] }, default);
        await using var worker = new SegmentWorker(sandbox, Client, 1);
        return (await worker.EncodeAsync(source, frames, [spec], "job", _ => { }, default)).Renditions.Single();
    }

    /// <summary>What a miner of another class shows: the verifier has fetched its file.</summary>
    public async Task<LeafToCheck> ShownAsync(LeafToCheck leaf, EncodedRendition mined, ContentHash? content = null)
    {
        using var reader = Client.OpenRead(content ?? mined.Hash)!;
        await Store.PutAsync(reader.Stream, null, reader.Length, Scope);
        return leaf with { Class = DeterminismClass.Id("another"), Shown = new ShownWork(mined.PacketHash, content ?? mined.Hash) };
    }

    public string Cheating(Cheat cheat) => CheatingFfmpeg.Write(_folder["cheats"], cheat);

    public LeafToCheck Leaf(ContentHash source, int frames, RenditionSpec spec) => new(source, frames, spec, CanonicalRendition.Hash(spec), Class);

    public Task<OwnEncode> EncodeAsync(LeafToCheck leaf) => Check.EncodeAsync(leaf, Scope, default);

    public async Task<Verdict> VerdictAsync(LeafToCheck leaf, ContentHash? opened) => TranscodeCheck.Judge(await EncodeAsync(leaf), opened);

    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        await _sandbox.DisposeAsync();
        Client.Dispose();
        Store.Dispose();
        _folder.Dispose();
    }

    private async Task BringAsync(ContentHash source, string scope, CancellationToken cancellationToken)
    {
        if (Fetching is { } failure)
        {
            throw failure;
        }

        using var reader = Client.OpenRead(source);
        if (reader is not null)
        {
            await Store.PutAsync(reader.Stream, source, reader.Length, scope, cancellationToken);
        }
    }
}
