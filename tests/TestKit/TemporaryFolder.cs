namespace VideoMesh.TestKit;

/// <summary>A folder of one test, gone when it ends.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <param name="inMemory">On a memory file system: for tests that move much and do not care about the disk.</param>
    public TemporaryFolder(bool inMemory = false) =>
        Path = Directory.CreateDirectory(System.IO.Path.Combine(inMemory ? "/dev/shm" : System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName())).FullName;

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
