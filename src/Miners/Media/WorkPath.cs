using VideoMesh.Miners.Content;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Media;

/// <summary>
/// Where this process itself writes and reads in a work folder. A program taken over by hostile video may have left links there under any name we use:
/// whatever lies in the way is removed, never followed.
/// </summary>
internal static class WorkPath
{
    /// <summary>An empty folder of that name.</summary>
    public static string NewFolder(ISandboxSession session, string name)
    {
        var path = Free(session, name);
        return Directory.CreateDirectory(path).FullName;
    }

    /// <summary>The path of a file that does not exist yet; create it with <see cref="FileMode.CreateNew"/>.</summary>
    public static string Free(ISandboxSession session, string name)
    {
        var path = Path.Combine(session.WorkFolder, name);
        if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            // removes a file or a link, dangling or not, and does nothing if there is none
            File.Delete(path);
        }

        return path;
    }

    /// <summary>Opens a file that a program left there.</summary>
    /// <exception cref="IOException">It is missing, or a link, or no regular file.</exception>
    public static FileStream Open(ISandboxSession session, string name)
    {
        try
        {
            return ContentFolder.OpenRegularFile(Path.Combine(session.WorkFolder, name));
        }
        catch (ContentStoreException e)
        {
            throw new IOException($"'{name}' is not a regular file.", e);
        }
    }
}
