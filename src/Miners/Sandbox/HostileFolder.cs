using VideoMesh.Miners.Sandbox.Native;

namespace VideoMesh.Miners.Sandbox;

/// <summary>
/// Handles a work folder in which untrusted code has written: it may have left links to the caller's own files, pipes that block
/// whoever opens them, or folders closed to their owner.
/// </summary>
internal static class HostileFolder
{
    private const UnixFileMode Folder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Gives all that is in the folder, and the folder, to the user who will write there.</summary>
    public static void HandOver(string folder, SandboxUser user)
    {
        if (user.DiffersFromCaller)
        {
            Walk(folder, path => Own(path, user.Id, user.Group));
            Own(folder, user.Id, user.Group);
        }
    }

    /// <summary>Leaves only plain files and folders, all of them the caller's. Call it when nothing runs in the folder any more.</summary>
    public static void TakeBack(string folder, SandboxUser user)
    {
        File.SetUnixFileMode(folder, Folder);
        Walk(folder, path =>
        {
            var facts = FileFacts.Of(path, followLinks: false);
            if (facts is { IsFolder: true })
            {
                File.SetUnixFileMode(path, Folder);
            }
            else if (facts is { IsRegular: true })
            {
                File.SetUnixFileMode(path, Plain);
            }
            else
            {
                File.Delete(path);
                return;
            }

            if (user.DiffersFromCaller)
            {
                Own(path, Libc.EffectiveUser(), Libc.EffectiveGroup());
            }
        });
    }

    /// <summary>Removes the folder and all in it, following no link.</summary>
    public static async Task DeleteAsync(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception odd) when (odd is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Folders closed to their owner, or nested deeper than a path can say: these two go down step by step.
            await RunAsync("chmod", "-R", "u+rwX", "--", folder);
            await RunAsync("rm", "-rf", "--", folder);
        }

        static async Task RunAsync(string tool, params string[] arguments)
        {
            var (code, _, errors) = await HostCommand.RunAsync(HostTools.Require(tool, "coreutils"), arguments, CancellationToken.None);
            if (code != 0)
            {
                throw new SandboxException($"A work folder cannot be removed ({errors.Trim()}).");
            }
        }
    }

    /// <summary>Visits a folder before what is in it, so that a visit can open it up.</summary>
    private static void Walk(string folder, Action<string> visit)
    {
        foreach (var path in Directory.GetFileSystemEntries(folder))
        {
            visit(path);
            if (FileFacts.Of(path, followLinks: false) is { IsFolder: true })
            {
                Walk(path, visit);
            }
        }
    }

    private static void Own(string path, uint user, uint group)
    {
        if (Libc.ChangeOwner(path, user, group) != 0)
        {
            throw new SandboxException($"The owner of '{path}' cannot be changed; put the scratch folder on a local file system.");
        }
    }
}
