namespace VideoMesh.Miners.Tests.Sandbox;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string FullPath { get; } = Directory.CreateTempSubdirectory("videomesh-test-").FullName;

    public string At(string relative) => Path.Combine(FullPath, relative);

    public string Write(string relative, string text, UnixFileMode? mode = null)
    {
        File.WriteAllText(At(relative), text);
        if (mode is { } given)
        {
            File.SetUnixFileMode(At(relative), given);
        }

        return At(relative);
    }

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
