using System.Globalization;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Rendering;

namespace VideoMesh.Client.Commands.Doctor;

/// <summary>What a machine needs apart from ffmpeg and a sandbox for it.</summary>
internal static class MachineChecks
{
    /// <summary>Below this a job of ordinary size cannot be expected to end well: 1 GiB.</summary>
    private const long NeededBytes = 1L << 30;

    private static readonly Version NeededRuntime = new(10, 0);

    public static Finding Runtime(Version version) =>
        version >= NeededRuntime
            ? Finding.Ok("dotnet", $".NET {version}")
            : Finding.Failed("dotnet", $".NET {version} is too old; {NeededRuntime} is needed", "curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0");

    public static Finding Machine() =>
        Finding.Ok("machine", $"{Environment.ProcessorCount} cores, {Units.Bytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)} of memory");

    public static Finding Keys(Host host, Action ensureAvailable)
    {
        try
        {
            ensureAvailable();
            return Finding.Ok("libsecp256k1", "keys and signatures work");
        }
        catch (Secp256k1UnavailableException unavailable)
        {
            return Finding.Failed("libsecp256k1", unavailable.Message, host.Install("libsecp256k1-1"));
        }
    }

    /// <summary>A folder we keep things in: writable, with room left.</summary>
    public static Finding Folder(string name, string folder, string variable, Func<string, long> freeBytes)
    {
        var existing = NearestExisting(folder);
        if (!IsWritable(existing))
        {
            return Finding.Failed(name, $"{folder} cannot be written", $"mkdir -p '{folder}' && chown \"$USER\" '{folder}'   # or set {variable} to a folder of yours");
        }

        var free = freeBytes(existing);
        return free >= NeededBytes
            ? Finding.Ok(name, $"{folder}, {Units.Bytes(free)} free")
            : Finding.Failed(name, $"{folder} has only {Units.Bytes(free)} free; {Units.Bytes(NeededBytes)} is the least", $"df -h '{existing}'   # free some space there, or set {variable} to a folder on another disk");
    }

    public static long FreeBytes(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    public static Finding Samples(Host host) =>
        host.Exists("usr/share/forensics-samples/original-files")
            ? Finding.Ok("sample footage", "the demo's clips are here")
            : Finding.Absent("sample footage", "only the demo, benchmarks and tests need it", host.Install("forensics-samples-files"));

    /// <summary>Announcements and tickets expire by the clock; one that lags behind our own build cannot be right.</summary>
    public static Finding Clock(Host host, DateTimeOffset now, DateTimeOffset built)
    {
        var shown = now.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
        if (now < built - TimeSpan.FromDays(1))
        {
            return Finding.Failed("clock", $"{shown} lies before this program was built", host.AsRoot("timedatectl set-ntp true"));
        }

        return Finding.Ok("clock", host.Exists("run/systemd/timesync/synchronized") ? $"{shown}, synchronized" : shown);
    }

    private static string NearestExisting(string folder)
    {
        var at = Path.GetFullPath(folder);
        while (!Directory.Exists(at))
        {
            at = Path.GetDirectoryName(at)!;
        }

        return at;
    }

    private static bool IsWritable(string folder)
    {
        try
        {
            var path = Path.Combine(folder, $".videomesh-doctor-{Environment.ProcessId}");
            using var trial = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
