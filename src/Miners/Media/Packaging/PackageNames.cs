using System.Globalization;

namespace VideoMesh.Miners.Media.Packaging;

/// <summary>File names inside a stream's folder.</summary>
internal static class PackageNames
{
    public const string Header = "init.mp4";

    /// <summary>As DASH writes it.</summary>
    public const string SegmentTemplate = "$Number%05d$.m4s";

    public static string Segment(int number) => string.Create(CultureInfo.InvariantCulture, $"{number:D5}.m4s");
}
