namespace VideoMesh.Client.Commands;

/// <summary>What may go to a terminal.</summary>
internal static class Terminal
{
    private const int MaxChars = 300;

    /// <summary>A stranger's text on one line, without characters that steer a terminal.</summary>
    public static string Plain(string text) => new([.. text.Where(c => !char.IsControl(c)).Take(MaxChars)]);
}
