namespace VideoMesh.Miners.Storage;

/// <summary>Hands an object's bytes on in play order, as they come. A lost block ends it: who plays a stream cannot be told of a hole.</summary>
public sealed class StreamSink(Stream stream) : IObjectSink
{
    public async Task WriteAsync(ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(block, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    public Task SkipAsync(int bytes, CancellationToken cancellationToken) => throw new StorageException(StorageRefusal.BytesLost);
}
