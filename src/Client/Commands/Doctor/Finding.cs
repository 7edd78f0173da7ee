namespace VideoMesh.Client.Commands.Doctor;

/// <summary>What one check came to.</summary>
internal enum FindingState
{
    /// <summary>Needed, and missing or wrong.</summary>
    Failed,

    /// <summary>Not needed, and not there or not as good as it could be.</summary>
    Absent,

    Ok,
}

/// <param name="Name">Stable, for scripts: <c>ffmpeg</c>, <c>bubblewrap</c>, …</param>
/// <param name="Detail">What was found, for people.</param>
/// <param name="Fix">The command that mends it, or null if nothing needs mending.</param>
internal sealed record Finding(string Name, FindingState State, string Detail, string? Fix = null)
{
    public static Finding Ok(string name, string detail) => new(name, FindingState.Ok, detail);

    public static Finding Failed(string name, string detail, string fix) => new(name, FindingState.Failed, detail, fix);

    public static Finding Absent(string name, string detail, string? fix) => new(name, FindingState.Absent, detail, fix);
}
