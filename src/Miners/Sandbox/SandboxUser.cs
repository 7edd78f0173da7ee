using System.Security.Cryptography;
using VideoMesh.Miners.Sandbox.Native;

namespace VideoMesh.Miners.Sandbox;

/// <summary>Whom the inside runs as, seen from the host.</summary>
internal readonly record struct SandboxUser(uint Id, uint Group)
{
    // systemd's table of user ids leaves 1879048192…2147483647 to nobody: no account and no container owns one by chance.
    private const uint FirstUnused = 1_879_048_192;
    private const int UnusedTaken = 1 << 24;
    private const uint Nobody = 65_534;

    public bool DiffersFromCaller => Id != Libc.EffectiveUser();

    /// <summary>
    /// An ordinary user's sandbox runs as that user. Root's runs as a user id of its own, so that no process outside and no other
    /// sandbox shares its files or counts against its process limit; where the ids are few (a container), as nobody.
    /// </summary>
    public static SandboxUser Choose()
    {
        var caller = Libc.EffectiveUser();
        if (caller != 0)
        {
            return new SandboxUser(caller, Libc.EffectiveGroup());
        }

        var id = HasAllIds() ? FirstUnused + (uint)RandomNumberGenerator.GetInt32(UnusedTaken) : Nobody;
        return new SandboxUser(id, id);
    }

    private static bool HasAllIds() =>
        File.ReadAllText("/proc/self/uid_map").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is ["0", "0", "4294967295"];
}
