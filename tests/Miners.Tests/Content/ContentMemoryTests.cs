using VideoMesh.Miners.Content;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Content;

/// <summary>Measures the whole process, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(ContentMemoryTests), DisableParallelization = true)]
public sealed class ContentMemoryCollection;

[Collection(nameof(ContentMemoryTests))]
public sealed class ContentMemoryTests
{
    private const long Large = 256L << 20;
    private const long Little = 32L << 20;

    [Fact]
    public async Task A_quarter_gibibyte_passes_through_store_upload_and_download_in_little_memory()
    {
        await using var node = await ContentNode.StartAsync(inMemory: true);
        using var folder = new TemporaryFolder(inMemory: true);
        using var http = ContentClient.CreateHttpClient();
        using var store = A.Store(folder["a"], 2 * Large);
        using var other = A.Store(folder["b"], 2 * Large);
        var client = new ContentClient(http, new ContentClientOptions(), TimeProvider.System, new Random(1));

        GC.Collect();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var workingSet = Environment.WorkingSet;
        var stored = await store.PutAsync(new PatternStream(Large), null, Large);
        await client.UploadAsync(node.Url, stored.Hash, node.Ticket(), store);
        await client.DownloadAsync(node.Url, stored.Hash, Large, node.Ticket(), other);

        // All that was ever allocated for 256 MiB hashed three times and sent twice, garbage included.
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.InRange(allocated, 0, Little);
        Assert.InRange(Environment.WorkingSet - workingSet, long.MinValue, Little);
        Assert.True(other.TryGetLength(stored.Hash, out var length));
        Assert.Equal(Large, length);
    }
}
