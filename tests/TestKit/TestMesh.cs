using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Wallets;
using VideoMesh.Client.Node;

namespace VideoMesh.TestKit;

/// <summary>What a run of the program came to.</summary>
/// <param name="Json">The one object on stdout, or null.</param>
public sealed record ProgramRun(int ExitCode, JsonObject? Json, string Output, string Errors)
{
    public string? Text(string name) => Json?[name]?.GetValue<string>();

    public int Number(string name) => Json![name]!.GetValue<int>();

    public override string ToString() => $"exit {ExitCode}\nstdout: {Output}\nstderr: {Errors}";
}

/// <summary>A started program that can be killed.</summary>
public sealed class RunningProgram(Process process, Task<ProgramRun> run)
{
    public int Pid => process.Id;

    public Task<ProgramRun> Ended => run;

    /// <summary>As the power cut would: no handler runs.</summary>
    public void KillHard() => process.Kill(entireProcessTree: false);
}

/// <summary>A network of real processes on loopback in a world of its own: its state, its cache of benchmarks and its scratch are under one temporary folder.
/// Disposing ends it, and fails the test if anything is left running.</summary>
public sealed class TestMesh : IAsyncDisposable
{
    /// <summary>Of wallets that need one, in the environment of every command.</summary>
    public const string Password = "said-to-no-node";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly Dictionary<string, string> _environment;
    private readonly List<int> _verifiers = [];
    private readonly List<string> _verifierUrls = [];
    private readonly List<int> _storage = [];

    private TestMesh(string folder, DockerDaemon? engine)
    {
        Folder = folder;
        Sandbox = engine is null ? "bubblewrap" : "docker";
        _environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["XDG_STATE_HOME"] = Path.Combine(folder, "state"),
            // One machine measures itself once, whichever test comes first.
            ["XDG_CACHE_HOME"] = Path.Combine(Path.GetTempPath(), "videomesh-tests-cache"),
            ["NO_COLOR"] = "1",
            ["VIDEOMESH_PASSWORD"] = Password,
        };
        if (engine is not null)
        {
            _environment["DOCKER_HOST"] = "unix://" + engine.Socket;
        }
    }

    public string Folder { get; }

    /// <summary>What clients and miners run ffmpeg in.</summary>
    public string Sandbox { get; }

    public string Network { get; private set; } = "";

    /// <summary>Process ids of the compute nodes.</summary>
    public IReadOnlyList<int> Compute { get; private set; } = [];

    /// <summary>File of where the chain begins; empty without verifiers.</summary>
    public string Genesis { get; private set; } = "";

    /// <summary>The key of the account that has coins to give away; the caller disposes of it.</summary>
    public PrivateKey OpenFaucet() => new WalletFolder(PathOf("state/videomesh/wallets")).Open("faucet", "").Key;

    /// <summary>Accounts of the compute nodes, in the same order.</summary>
    public IReadOnlyList<string> Addresses { get; private set; } = [];

    private static string FakeTime => Directory.EnumerateFiles("/usr/lib", "libfaketime.so.1", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }).First();

    private static string Program => Path.Combine(AppContext.BaseDirectory, "videomesh");

    /// <summary>A place to run commands in, without a network.</summary>
    /// <param name="engine">Runs the sandboxes; null: bubblewrap does.</param>
    public static TestMesh Without(DockerDaemon? engine = null) => new(Directory.CreateTempSubdirectory("videomesh-test-").FullName, engine);

    /// <summary>A devnet with that many compute nodes, verifiers and storage miners.</summary>
    /// <param name="repairs">Whether storage miners make lost blocks again.</param>
    public static async Task<TestMesh> With(int compute = 0, int verifiers = 0, int storage = 0, DockerDaemon? engine = null, bool repairs = true)
    {
        var mesh = Without(engine);
        var up = await mesh.RunAsync(
        [
            "devnet", "up", "--compute", $"{compute}", "--verifiers", $"{verifiers}", "--storage", $"{storage}", "--sandbox", mesh.Sandbox, "--json",
            .. repairs ? (string[])[] : ["--no-repair"],
        ]);
        Assert.True(up.ExitCode == 0, up.ToString());
        mesh.Network = up.Text("network")!;
        mesh.Genesis = up.Text("genesis") ?? "";
        var nodes = WithRole(up, "compute").ToList();
        mesh.Compute = [.. nodes.Select(n => n!["pid"]!.GetValue<int>())];
        mesh.Addresses = [.. nodes.Select(n => n!["address"]!.GetValue<string>())];
        mesh._verifiers.AddRange(WithRole(up, "verifier").Select(n => n!["pid"]!.GetValue<int>()));
        mesh._verifierUrls.AddRange(WithRole(up, "verifier").Select(n => n!["url"]!.GetValue<string>()));
        mesh._storage.AddRange(WithRole(up, "storage").Select(n => n!["pid"]!.GetValue<int>()));
        return mesh;
    }

    /// <summary>Ends the verifier of this number, from 0, as a power cut would; returns when it is dead.</summary>
    public Task KillVerifierAsync(int number) => KillAsync(_verifiers[number]);

    /// <summary>Ends the storage miner of this number, from 0, as a power cut would; returns when it is dead.</summary>
    public Task KillStorageAsync(int number) => KillAsync(_storage[number]);

    /// <summary>Starts a storage miner that was killed again, in its old folder.</summary>
    public void StartStorage(int number) =>
        _storage[number] = Start(["node", .. Devnet.StorageArguments($"storage-{number + 1}", new Uri(Network), PathOf($"state/videomesh/devnet/storage-{number + 1}"))]).Pid;

    /// <summary>Files of a storage miner's store that are at least so long.</summary>
    public IReadOnlyList<string> StoredFiles(int number, long bytes) =>
    [
        .. new DirectoryInfo(PathOf($"state/videomesh/devnet/storage-{number + 1}/content")).EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => file.Length >= bytes && file.Name.Length == 2 * ContentHash.Size).Select(file => file.FullName),
    ];

    /// <summary>Starts a verifier that was killed again, in its old folder.</summary>
    public void StartVerifier(int number)
    {
        var name = $"verifier-{number + 1}";
        var started = Start(["node", .. Devnet.VerifierArguments(name, new Uri(Network), VerifierFolder(number), Genesis)]);
        _verifiers[number] = started.Pid;
    }

    /// <summary>What the verifier said to people as long as the devnet's own process ran.</summary>
    public string VerifierLog(int number) => File.ReadAllText(VerifierFolder(number) + ".log");

    /// <summary>Where a verifier that was never killed is asked.</summary>
    public string VerifierUrl(int number) => _verifierUrls[number];

    /// <summary>The verifier's key and files.</summary>
    public string VerifierFolder(int number) => PathOf($"state/videomesh/devnet/verifier-{number + 1}");

    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>A profile of one small, quick rendition.</summary>
    public string Profile(string preset = "ultrafast", string outputs = "\"mp4\"", int height = 90, double segmentSeconds = 1)
    {
        var path = PathOf($"profile-{preset}-{height}.json");
        File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $$"""
            {"name":"test","segmentSeconds":{{segmentSeconds}},"renditions":[{"name":"{{height}}p","codec":"h264","height":{{height}},"crf":28,"preset":"{{preset}}"}],"outputs":[{{outputs}}]}
            """));
        return path;
    }

    /// <summary>Runs the program to its end.</summary>
    public Task<ProgramRun> RunAsync(params string[] arguments) => Start(arguments).Ended;

    /// <summary>Transcodes on this network; the result goes to <c>out</c> below <see cref="Folder"/>.</summary>
    public RunningProgram Transcode(string input, string profile, string output = "out", params string[] more) => Start(TranscodeArguments(input, profile, output, more));

    public IEnumerable<string> TranscodeArguments(string input, string profile, string output = "out", params string[] more) =>
        ["transcode", "--profile", profile, "--out", PathOf(output), "--network", Network, "--sandbox", Sandbox, "--json", .. more, "--", input];

    /// <param name="arguments">Of the program.</param>
    /// <param name="clock">How far its clock is off, as libfaketime writes it: <c>+1h</c>.</param>
    public RunningProgram Start(IEnumerable<string> arguments, string? clock = null)
    {
        var start = new ProcessStartInfo(Program)
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Folder,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        if (clock is not null)
        {
            start.Environment["LD_PRELOAD"] = FakeTime;
            start.Environment["FAKETIME"] = clock;
            // clocks that run on are not set by hand
            start.Environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new RunningProgram(process, EndAsync(process));
    }

    /// <summary>Waits until so many segments of some job are accepted.</summary>
    public Task<string> JobHasSegments(int count) => JobWhere(job => job["segmentsDone"]!.GetValue<int>() >= count);

    /// <summary>Waits for a job like that; gives its id.</summary>
    public async Task<string> JobWhere(Func<JsonNode, bool> like)
    {
        string? id = null;
        await Eventually.TrueAsync(
            async () =>
            {
                var list = await RunAsync("job", "list", "--json");
                id = list.Json?["jobs"]?.AsArray().FirstOrDefault(job => like(job!))?["job"]?.GetValue<string>();
                return id is not null;
            },
            Patience);
        return id!;
    }

    public static void Signal(int pid, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, $"{pid}"]);
        kill.WaitForExit();
    }

    /// <summary>Processes that belong to this mesh: its program's nodes and whatever runs in its sandboxes.</summary>
    public IReadOnlyList<string> Leftovers() =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => name!.All(char.IsAsciiDigit))
            .Select(pid => (Pid: pid, Command: Read($"/proc/{pid}/cmdline").Replace('\0', ' '), Environment: Read($"/proc/{pid}/environ")))
            .Where(p => p.Command.Contains(Folder, StringComparison.Ordinal) || p.Environment.Contains(Folder, StringComparison.Ordinal))
            .Select(p => $"{p.Pid}: {p.Command}"),
    ];

    public async ValueTask DisposeAsync()
    {
        _verifiers.Concat(_storage).Where(NodeProcess.IsAlive).ToList().ForEach(pid => Signal(pid, "KILL"));
        var down = await RunAsync("devnet", "down", "--json");
        Assert.True(down.ExitCode == 0, down.ToString());
        await Eventually.TrueAsync(() => Leftovers().Count == 0, what: "nothing is left running");
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task KillAsync(int pid)
    {
        Signal(pid, "KILL");
        await Eventually.TrueAsync(() => IsGone(pid), what: $"{pid} is dead");
    }

    // what has no memory any more may still hold its files: only a zombie without threads does not
    private static bool IsGone(int pid) => Read($"/proc/{pid}/stat") is var stat
        && (stat.Length == 0 || (stat.Contains(") Z ", StringComparison.Ordinal) && Directory.GetDirectories($"/proc/{pid}/task").Length == 1));

    private static IEnumerable<JsonNode?> WithRole(ProgramRun up, string role) => up.Json!["nodes"]!.AsArray()
        .Where(n => n!["roles"]!.AsArray().Any(named => string.Equals(named!.GetValue<string>(), role, StringComparison.Ordinal)));

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static async Task<ProgramRun> EndAsync(Process process)
    {
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), ReadTailAsync(process.StandardError));
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"videomesh did not end. It said: {await errors}", e);
        }

        var text = await output;
        JsonObject? json = null;
        try
        {
            json = JsonNode.Parse(text) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            // not asked for, or killed
        }

        return new ProgramRun(process.ExitCode, json, text, await errors);
    }

    private static async Task<string> ReadTailAsync(StreamReader reader)
    {
        var lines = new StringBuilder();
        while (await reader.ReadLineAsync() is { } line)
        {
            lines.AppendLine(line);
        }

        return lines.ToString();
    }
}
