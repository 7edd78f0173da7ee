using Microsoft.Win32.SafeHandles;

namespace VideoMesh.Miners.Storage;

/// <summary>Writes an object's blocks to files as they come. A file with a lost block keeps a hole in its place.</summary>
/// <param name="pathOf">Where each of the manifest's files goes.</param>
public sealed class ObjectFiles(Manifest manifest, Func<ManifestFile, string> pathOf) : IObjectSink, IDisposable
{
    private readonly HashSet<int> _holes = [];
    private int _file = -1;
    private int _blocksLeft;
    private long _offset;
    private SafeFileHandle? _handle;

    /// <summary>Files that lack blocks.</summary>
    public IReadOnlyList<ManifestFile> Incomplete => [.. _holes.Order().Select(file => manifest.Files[file])];

    public async Task WriteAsync(ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
    {
        await RandomAccess.WriteAsync(Next(), block, _offset, cancellationToken);
        _offset += block.Length;
    }

    public Task SkipAsync(int bytes, CancellationToken cancellationToken)
    {
        Next();
        _holes.Add(_file);
        _offset += bytes;
        return Task.CompletedTask;
    }

    /// <summary>Ends the last file and makes empty ones. Nothing is flushed to disk: the network still has it all.</summary>
    public void Complete()
    {
        Close();
        while (_file + 1 < manifest.Files.Length)
        {
            Open();
            Close();
        }
    }

    public void Dispose() => _handle?.Dispose();

    private SafeFileHandle Next()
    {
        while (_blocksLeft == 0)
        {
            Close();
            Open();
        }

        _blocksLeft--;
        return _handle!;
    }

    private void Open()
    {
        var file = manifest.Files[++_file];
        var path = pathOf(file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        (_blocksLeft, _offset) = (file.Blocks, 0);
    }

    private void Close()
    {
        if (_handle is null)
        {
            return;
        }

        // The hole of a lost last block belongs to the file, too.
        if (RandomAccess.GetLength(_handle) < _offset)
        {
            RandomAccess.SetLength(_handle, _offset);
        }

        _handle.Dispose();
        _handle = null;
    }
}
