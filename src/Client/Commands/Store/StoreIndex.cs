using System.Text.Json;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node;
using VideoMesh.Client.Rendering;

namespace VideoMesh.Client.Commands.Store;

/// <summary>What this user has stored: one small file for each object. Who loses it loses the list; whoever knows an id needs nothing else.</summary>
internal sealed class StoreIndex
{
    private readonly string _folder;

    private StoreIndex(string folder) => _folder = folder;

    public static StoreIndex Open(CommandRun run) => new(Path.Combine(new UserFolders(run.Environment).State, "store"));

    public void Add(Entry entry)
    {
        Directory.CreateDirectory(_folder);
        var path = PathOf(entry.Id);
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(new Written(entry.Name, entry.Bytes, entry.K, entry.M, entry.At), JsonOutput.Options));
        File.Move(path + ".new", path, overwrite: true);
    }

    public void Remove(ContentHash id) => File.Delete(PathOf(id));

    /// <summary>All objects, the latest first.</summary>
    public IReadOnlyList<Entry> List() => Directory.Exists(_folder)
        ? [.. Directory.EnumerateFiles(_folder, "*.json").Select(Read).OfType<Entry>().OrderByDescending(entry => entry.At)]
        : [];

    private string PathOf(ContentHash id) => Path.Combine(_folder, $"{id}.json");

    private static Entry? Read(string path) =>
        ContentHash.TryParse(Path.GetFileNameWithoutExtension(path), out var id) && JsonSerializer.Deserialize<Written>(File.ReadAllText(path), JsonOutput.Options) is { } written
            ? new Entry(id, written.Name, written.Bytes, written.K, written.M, written.At)
            : null;

    public sealed record Entry(ContentHash Id, string Name, long Bytes, int K, int M, DateTimeOffset At);

    private sealed record Written(string Name, long Bytes, int K, int M, DateTimeOffset At);
}
