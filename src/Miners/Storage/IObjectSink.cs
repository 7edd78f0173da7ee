namespace VideoMesh.Miners.Storage;

/// <summary>Where an object's bytes go, in their order: the blocks of the first file, then those of the next.</summary>
public interface IObjectSink
{
    /// <summary>Takes the next block.</summary>
    Task WriteAsync(ReadOnlyMemory<byte> block, CancellationToken cancellationToken);

    /// <summary>The next block is lost.</summary>
    Task SkipAsync(int bytes, CancellationToken cancellationToken);
}
