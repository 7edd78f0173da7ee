using VideoMesh.Chain.Blocks;

namespace VideoMesh.Client.Commands;

/// <summary>Genesis files that a user names.</summary>
internal static class GenesisInput
{
    public static Genesis Read(string path) => Read(path, GenesisFile.Read);

    /// <param name="path">Absolute.</param>
    /// <param name="parse">Takes from the text what is wanted of it.</param>
    /// <exception cref="CommandFailure">There is no such file, or it is none.</exception>
    public static T Read<T>(string path, Func<string, T> parse)
    {
        try
        {
            return parse(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or GenesisException)
        {
            throw new CommandFailure(ExitCode.InputRefused, "bad-genesis", $"{path} cannot be used as a genesis: {e.Message}", e);
        }
    }
}
