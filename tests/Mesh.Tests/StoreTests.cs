using System.Diagnostics;
using System.Security.Cryptography;
using VideoMesh.TestKit;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Mesh.Tests;

/// <summary>Bytes on the disks of real processes: what their owner gets back when miners die, forget and lie.</summary>
public class StoreTests
{
    // Larger files in a miner's store are blocks.
    private const int MostManifestBytes = 100_000;

    [Fact]
    public async Task A_clip_survives_the_loss_of_any_two_miners_and_a_changed_block_and_says_what_is_lost_beyond()
    {
        await using var mesh = await TestMesh.With(storage: 6, repairs: false);
        var clip = A.WebcamClip("mp4");
        var id = await PutAsync(mesh, clip, k: 3, m: 3);

        await mesh.KillStorageAsync(0);
        await mesh.KillStorageAsync(1);
        Spoil(mesh.StoredFiles(2, MostManifestBytes)[0]);
        var run = await GetAsync(mesh, id, "back.mp4");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(await File.ReadAllBytesAsync(clip), await File.ReadAllBytesAsync(mesh.PathOf("back.mp4")));
        Assert.Equal("degraded", (await StatAsync(mesh, id)).Text("health"));

        await mesh.KillStorageAsync(3);
        var beyond = await GetAsync(mesh, id, "lost.mp4");

        Assert.Equal((5, "bytes-lost"), (beyond.ExitCode, beyond.Text("reason")));
        Assert.False(File.Exists(mesh.PathOf("lost.mp4")));
        var (whole, rest) = (await File.ReadAllBytesAsync(clip), await File.ReadAllBytesAsync(beyond.Text("survivors")!));
        foreach (var range in beyond.Json!["lost"]!.AsArray())
        {
            whole.AsSpan((int)range!["offset"]!.GetValue<long>(), (int)range["bytes"]!.GetValue<long>()).Clear();
        }

        Assert.Equal(whole, rest);
        Assert.Equal(5, (await mesh.RunAsync("store", "verify", id, "--network", mesh.Network, "--json")).ExitCode);
    }

    [Fact]
    public async Task Segments_of_a_folder_come_back_whole_even_when_too_much_is_lost()
    {
        await using var mesh = await TestMesh.With(storage: 3, repairs: false);
        var folder = await SegmentsAsync(mesh);
        var run = await mesh.RunAsync("store", "put", folder, "--k", "2", "--m", "1", "--network", mesh.Network, "--json");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length, run.Number("segments"));
        Assert.Equal(3, run.Json!["miners"]!.AsArray().Count);

        Assert.Equal(0, (await GetAsync(mesh, run.Text("id")!, "all")).ExitCode);
        Assert.Equal(Contents(folder), Contents(mesh.PathOf("all")));

        await mesh.KillStorageAsync(0);
        await mesh.KillStorageAsync(1);
        var beyond = await GetAsync(mesh, run.Text("id")!, "some");

        Assert.Equal((5, "bytes-lost"), (beyond.ExitCode, beyond.Text("reason")));
        var (all, some) = (Contents(folder), Contents(mesh.PathOf("some")));
        Assert.NotEmpty(some);
        Assert.All(some, pair => Assert.Equal(all[pair.Key], pair.Value));
        Assert.Equal(all.Keys.Except(some.Keys).Order(StringComparer.Ordinal), beyond.Json!["lost"]!.AsArray().Select(range => range!["path"]!.GetValue<string>()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_killed_put_goes_on_where_it_was_and_a_killed_miner_keeps_what_it_acknowledged()
    {
        await using var mesh = await TestMesh.With(storage: 3);
        var file = mesh.PathOf("large.bin");
        await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes(160 << 20));
        var put = mesh.Start(["store", "put", file, "--k", "2", "--m", "1", "--network", mesh.Network, "--json"]);
        await Eventually.TrueAsync(() => mesh.StoredFiles(0, 1 << 20).Count >= 3);
        put.KillHard();
        await put.Ended;

        var again = await mesh.RunAsync("store", "put", file, "--k", "2", "--m", "1", "--network", mesh.Network, "--json");

        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.True(again.Json!["alreadyHadBytes"]!.GetValue<long>() >= 3L << 20, again.ToString());

        await mesh.KillStorageAsync(1);
        mesh.StartStorage(1);
        await Eventually.TrueAsync(async () => string.Equals((await StatAsync(mesh, again.Text("id")!)).Text("health"), "ok", StringComparison.Ordinal));

        await mesh.KillStorageAsync(0);
        Assert.Equal(0, (await GetAsync(mesh, again.Text("id")!, "back.bin", "--stream")).ExitCode);
        Assert.Equal(await HashAsync(file), await HashAsync(mesh.PathOf("back.bin")));
    }

    [Fact]
    public async Task Lost_and_spoilt_blocks_are_made_again_unasked_and_once()
    {
        await using var mesh = await TestMesh.With(storage: 7);
        var file = mesh.PathOf("film.bin");
        await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes(40 << 20));
        var id = await PutAsync(mesh, file, k: 4, m: 2);
        var blocks = BlocksOn(mesh, Enumerable.Range(0, 7)).Count;

        await mesh.KillStorageAsync(0);
        Spoil(mesh.StoredFiles(1, MostManifestBytes)[0]);

        await Eventually.TrueAsync(() => Task.FromResult(AreIntact(BlocksOn(mesh, Enumerable.Range(1, 6)), blocks)));
        await Eventually.TrueAsync(async () => string.Equals((await StatAsync(mesh, id)).Text("health"), "ok", StringComparison.Ordinal));
        Assert.Equal("ok", (await mesh.RunAsync("store", "verify", id, "--network", mesh.Network, "--json")).Text("health"));

        // Twice as many may be lost now as could without repair.
        await mesh.KillStorageAsync(2);
        await mesh.KillStorageAsync(3);
        Assert.Equal(0, (await GetAsync(mesh, id, "back.bin")).ExitCode);
        Assert.Equal(await HashAsync(file), await HashAsync(mesh.PathOf("back.bin")));
    }

    [Fact]
    public async Task Only_its_owner_removes_an_object_and_then_it_is_gone()
    {
        await using var mesh = await TestMesh.With(storage: 2);
        await using var stranger = TestMesh.Without();
        var id = await PutAsync(mesh, A.WebcamClip("mp4"), k: 1, m: 1);

        var refused = await stranger.RunAsync("store", "rm", id, "--network", mesh.Network, "--json");
        Assert.Equal((6, "not-owner"), (refused.ExitCode, refused.Text("reason")));
        Assert.Single((await mesh.RunAsync("store", "ls", "--json")).Json!["objects"]!.AsArray());

        Assert.Equal(2, (await mesh.RunAsync("store", "rm", id, "--network", mesh.Network, "--json")).Number("miners"));
        Assert.Equal("object-not-found", (await GetAsync(mesh, id, "gone.mp4")).Text("reason"));
        Assert.Empty(BlocksOn(mesh, [0, 1]));
        Assert.Empty((await mesh.RunAsync("store", "ls", "--json")).Json!["objects"]!.AsArray());
    }

    private static async Task<string> PutAsync(TestMesh mesh, string file, int k, int m)
    {
        var run = await mesh.RunAsync("store", "put", file, "--k", $"{k}", "--m", $"{m}", "--network", mesh.Network, "--json");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal((new FileInfo(file).Length, k, m, 0), (run.Json!["bytes"]!.GetValue<long>(), run.Number("k"), run.Number("m"), run.Number("paidNano")));
        Assert.True(run.Json["miners"]!.AsArray().Count >= k + m, run.ToString());
        return run.Text("id")!;
    }

    private static Task<ProgramRun> GetAsync(TestMesh mesh, string id, string output, params string[] more) =>
        mesh.RunAsync(["store", "get", id, "--out", mesh.PathOf(output), "--network", mesh.Network, "--json", .. more]);

    private static Task<ProgramRun> StatAsync(TestMesh mesh, string id) => mesh.RunAsync("store", "stat", id, "--network", mesh.Network, "--json");

    private static List<string> BlocksOn(TestMesh mesh, IEnumerable<int> miners) => [.. miners.SelectMany(miner => mesh.StoredFiles(miner, MostManifestBytes))];

    // Each block once, with the bytes of its name.
    private static bool AreIntact(List<string> files, int blocks) =>
        files.Count == blocks && files.Select(Path.GetFileName).Distinct(StringComparer.Ordinal).Count() == blocks
        && files.TrueForAll(file => File.Exists(file) && string.Equals(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))), Path.GetFileName(file), StringComparison.Ordinal));

    private static async Task<string> SegmentsAsync(TestMesh mesh)
    {
        var folder = Directory.CreateDirectory(mesh.PathOf("ladder/720p")).Parent!.FullName;
        using var cut = Process.Start("ffmpeg", ["-v", "error", "-nostdin", "-i", A.WebcamClip("mp4"), "-c", "copy", "-f", "segment", "-segment_time", "1", Path.Combine(folder, "720p/%03d.mkv")]);
        await cut.WaitForExitAsync();
        await File.WriteAllTextAsync(Path.Combine(folder, "list.txt"), string.Join('\n', Directory.GetFiles(folder, "*.mkv", SearchOption.AllDirectories).Select(Path.GetFileName)));
        return folder;
    }

    private static Dictionary<string, string> Contents(string folder) => Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(folder, file), file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))), StringComparer.Ordinal);

    private static async Task<string> HashAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexString(await SHA256.HashDataAsync(file));
    }

    // One bit of a file on the disk, as a bad sector or a cheating miner would have it.
    private static void Spoil(string path)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var file = File.Open(path, FileMode.Open);
        file.Position = 1000;
        var value = file.ReadByte();
        file.Position = 1000;
        file.WriteByte((byte)(value ^ 1));
    }
}
