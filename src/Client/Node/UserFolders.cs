namespace VideoMesh.Client.Node;

/// <summary>Where this user's things live, by the XDG base directory specification. Absolute paths; nothing is created here.</summary>
public sealed class UserFolders(Func<string, string?> environment)
{
    private const string Name = "videomesh";

    /// <summary>Jobs, devnets, node data: what must survive a restart.</summary>
    public string State => Base("XDG_STATE_HOME", ".local/state");

    /// <summary>Bytes of unfinished jobs.</summary>
    public string Jobs => Path.Combine(State, "jobs");

    /// <summary>The journal of all jobs.</summary>
    public string JobJournal => Path.Combine(State, "jobs.db");

    /// <summary>What this user's jobs saw of miners.</summary>
    public string MinerJournal => Path.Combine(State, "miners.db");

    /// <summary>This user's wallets.</summary>
    public string Wallets => Path.Combine(State, "wallets");

    public string Devnet => Path.Combine(State, "devnet");

    /// <summary>Benchmarks and the like: what can be made again.</summary>
    public string Cache => Base("XDG_CACHE_HOME", ".cache");

    /// <summary>Short-lived files, large ones among them.</summary>
    public string Scratch => Rooted("TMPDIR") ?? "/tmp";

    private string Base(string variable, string belowHome) => Path.Combine(Rooted(variable) ?? Path.Combine(Home, belowHome), Name);

    // the specification: a relative path is invalid and must be ignored
    private string? Rooted(string variable) => environment(variable) is { Length: > 0 } path && Path.IsPathRooted(path) ? path : null;

    private string Home => Rooted("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
}
