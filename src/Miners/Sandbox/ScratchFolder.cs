using System.Security.Cryptography;
using VideoMesh.Miners.Sandbox.Native;

namespace VideoMesh.Miners.Sandbox;

/// <summary>
/// One sandbox's folder below the scratch root, closed to other users. A lock file held open marks it as alive: what a killed
/// process left behind is found by its free lock and removed by the next sandbox.
/// </summary>
internal sealed class ScratchFolder : IAsyncDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string LockSuffix = ".lock";
    private readonly FileStream alive;
    private int sessions;

    private ScratchFolder(string path, FileStream alive)
    {
        FullPath = path;
        this.alive = alive;
    }

    public string FullPath { get; }

    /// <summary>A name no other live sandbox has.</summary>
    public string Name => Path.GetFileName(FullPath);

    /// <param name="root">Null for one of the user's own below the temporary folder.</param>
    /// <param name="orphan">Told the name of each sandbox whose process is gone, before its folder is removed.</param>
    public static async Task<ScratchFolder> CreateAsync(string? root, Action<string> orphan)
    {
        root ??= Path.Combine(Path.GetTempPath(), $"videomesh-{Libc.EffectiveUser()}");
        var parent = Path.Combine(Path.GetFullPath(root), "sandboxes");
        try
        {
            Directory.CreateDirectory(root, OwnerOnly);
            Directory.CreateDirectory(parent, OwnerOnly);
            RequireOwn(parent);
            await SweepAsync(parent, orphan);
            var path = Path.Combine(parent, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
            var held = Lock(path + LockSuffix);
            Directory.CreateDirectory(path, OwnerOnly);
            return new ScratchFolder(path, held);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException($"The scratch folder '{root}' cannot be used ({failure.Message}); choose another one.", failure);
        }
    }

    public string NewSessionFolder() =>
        Directory.CreateDirectory(Path.Combine(FullPath, $"{Interlocked.Increment(ref sessions)}"), OwnerOnly).FullName;

    public async ValueTask DisposeAsync()
    {
        await HostileFolder.DeleteAsync(FullPath);
        File.Delete(alive.Name);
        await alive.DisposeAsync();
    }

    private static FileStream Lock(string path) => new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <summary>A folder another user made in a shared temporary folder would hand that user everything written below it.</summary>
    private static void RequireOwn(string folder)
    {
        var facts = FileFacts.Of(folder, followLinks: false);
        if (facts is not { IsFolder: true } || facts.Value.User != Libc.EffectiveUser())
        {
            throw new SandboxException($"The scratch folder '{folder}' belongs to another user; choose another one.");
        }

        File.SetUnixFileMode(folder, OwnerOnly);
    }

    private static async Task SweepAsync(string parent, Action<string> orphan)
    {
        foreach (var path in Directory.GetFiles(parent, "*" + LockSuffix))
        {
            try
            {
                await using var taken = Lock(path);
                orphan(Path.GetFileNameWithoutExtension(path));
                await HostileFolder.DeleteAsync(path[..^LockSuffix.Length]);
                File.Delete(path);
            }
            catch (IOException)
            {
                // Its owner lives.
            }
        }
    }
}
