using System.Collections.Immutable;
using System.Text.Json;
using VideoMesh.Miners.Media;

namespace VideoMesh.Miners.Compute;

/// <summary>
/// The measured speeds on disk, one file for each ffmpeg build and CPU family, and the turn-taking of nodes that start at once. A cache that cannot be read or
/// written costs a measurement, never the start of a node.
/// </summary>
internal sealed class BenchmarkCache(string folder, string determinismClass, TimeProvider time)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    // Whoever holds the lock measures for seconds; a lock held for longer is not worth waiting for.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    // Counts up when something else is measured: what an older version wrote down does not count.
    private const int Version = 2;

    private readonly string _file = Path.Combine(folder, $"benchmark-{Version}-{determinismClass}.json");

    /// <summary>Waits until nobody else on this machine measures the same; the kernel ends the turn of a process that dies.</summary>
    public async Task<IAsyncDisposable?> TakeTurnAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        try
        {
            Directory.CreateDirectory(folder);

            // Made first, so that from here on the only reason why it cannot be opened is that somebody holds it.
            File.Open(LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException && !File.Exists(LockFile)))
        {
            return null;
        }
        catch (IOException)
        {
            // Held by another node.
        }

        while (time.GetElapsedTime(began) < LongestWait)
        {
            try
            {
                return new FileStream(LockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(LockFile))
            {
                await Task.Delay(Poll, time, cancellationToken);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>Null when there is nothing to be trusted.</summary>
    public ImmutableSortedDictionary<VideoCodec, long>? Read()
    {
        try
        {
            var speeds = ImmutableSortedDictionary.CreateBuilder<VideoCodec, long>();
            foreach (var (name, speed) in JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllText(_file)) ?? [])
            {
                if (speed <= 0 || !MediaNames.TryParseVideoCodec(name, out var codec))
                {
                    return null;
                }

                speeds.Add(codec, speed);
            }

            return speeds.Count > 0 ? speeds.ToImmutable() : null;
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Replaces the file in one step.</summary>
    public void Write(ImmutableSortedDictionary<VideoCodec, long> speeds)
    {
        // Without a turn two nodes may write at once; each then has a file of its own to rename.
        var draft = $"{_file}.{Environment.ProcessId}.new";
        try
        {
            File.WriteAllText(draft, JsonSerializer.Serialize(speeds.ToDictionary(speed => speed.Key.Text(), speed => speed.Value, StringComparer.Ordinal)));
            File.Move(draft, _file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Measured again next time.
        }
    }

    private string LockFile => _file + ".lock";
}
