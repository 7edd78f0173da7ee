namespace VideoMesh.Miners.Sandbox;

/// <summary>The whole environment of a sandboxed command: nothing of ours leaks in, and runs do not depend on who started them.</summary>
internal static class CleanEnvironment
{
    public static IReadOnlyList<string> For(string home) =>
        ["PATH=/usr/local/bin:/usr/bin:/bin", $"HOME={home}", "TMPDIR=/tmp", "LC_ALL=C.UTF-8"];
}
