using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Tests.Sandbox;

/// <summary>A sandbox whose "ffmpeg" is a script that runs whatever shell text it is given, so that a test can try anything inside.</summary>
internal sealed class Probe : IAsyncDisposable
{
    private const UnixFileMode Runnable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private Probe(TempFolder folder, ISandbox sandbox)
    {
        Folder = folder;
        Sandbox = sandbox;
    }

    public TempFolder Folder { get; }

    public ISandbox Sandbox { get; }

    public static async Task<Probe> CreateAsync(SandboxKind kind, string? dockerSocket = null)
    {
        var folder = new TempFolder();
        return new Probe(folder, await Sandboxes.CreateAsync(Options(folder, kind, dockerSocket), default));
    }

    public static SandboxOptions Options(TempFolder folder, SandboxKind kind, string? dockerSocket) => new()
    {
        Kind = kind,
        ScratchRoot = folder.At("scratch"),
        FfmpegPath = Script(folder),
        FfprobePath = "/usr/bin/ffprobe",
        DockerSocket = dockerSocket,
        DockerImage = "videomesh-test-probe",
    };

    public static SandboxCommand Shell(string text) => new() { Tool = MediaTool.Ffmpeg, Arguments = [text] };

    public Task<ISandboxSession> OpenAsync(SandboxLimits? limits = null, params ReadOnlyFile[] inputs) =>
        Sandbox.OpenAsync(new SandboxMounts(inputs), limits ?? new SandboxLimits(), default);

    /// <summary>Runs shell text in a session of its own and gives its standard output.</summary>
    public async Task<string> AskAsync(string text, SandboxLimits? limits = null)
    {
        await using var session = await OpenAsync(limits);
        return await AskAsync(session, text);
    }

    public static async Task<string> AskAsync(ISandboxSession session, string text)
    {
        var output = "";
        var result = await session.RunAsync(
            Shell(text) with
            {
                ReadOutput = async (stream, stop) =>
                {
                    using var reader = new StreamReader(stream);
                    output = await reader.ReadToEndAsync(stop);
                },
            },
            default);
        return output + result.Errors;
    }

    public async ValueTask DisposeAsync()
    {
        await Sandbox.DisposeAsync();
        Assert.Empty(Directory.GetFileSystemEntries(Folder.At("scratch/sandboxes")));
        Folder.Dispose();
    }

    public static string Script(TempFolder folder)
    {
        var path = folder.At("my own ffmpeg");
        File.WriteAllText(path, "#!/bin/bash\neval \"$1\"\n");
        File.SetUnixFileMode(path, Runnable);
        return path;
    }
}
