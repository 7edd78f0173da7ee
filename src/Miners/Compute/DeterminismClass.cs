using System.Security.Cryptography;
using System.Text;

namespace VideoMesh.Miners.Compute;

/// <summary>
/// Names the machines that produce the same bytes: one ffmpeg build on one CPU family. A class says what a miner claims; that two miners of a class really
/// agree is found out by comparing results, never trusted.
/// </summary>
public static class DeterminismClass
{
    private const int DigestBytes = 6;

    /// <summary>The class of a machine, such as <c>ffmpeg-5.1.9.3fa9c0b1d2e4.amd-25</c>.</summary>
    /// <param name="ffmpegVersion">What <c>ffmpeg -version</c> prints: version, build flags, library versions.</param>
    /// <param name="cpuInfo">The text of <c>/proc/cpuinfo</c>.</param>
    public static string Of(string ffmpegVersion, string cpuInfo)
    {
        var text = ffmpegVersion.ReplaceLineEndings("\n").TrimEnd();
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, DigestBytes));
        return $"ffmpeg-{Version(text)}.{digest}.{CpuFamily(cpuInfo)}";
    }

    // "ffmpeg version 5.1.9-0+deb12u1 Copyright …"
    private static string Version(string text)
    {
        var words = text.Split(' ', 4);
        var version = words is ["ffmpeg", "version", var named, ..] ? named : "unknown";
        var plain = new string([.. version.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]);
        return plain.Length > 0 ? plain : "git";
    }

    private static string CpuFamily(string cpuInfo)
    {
        var vendor = Field(cpuInfo, "vendor_id") switch
        {
            "AuthenticAMD" => "amd",
            "GenuineIntel" => "intel",
            { Length: > 0 } => "x86",
            _ => Field(cpuInfo, "CPU implementer").Length > 0 ? "arm" : "cpu",
        };
        var family = Field(cpuInfo, "cpu family") is { Length: > 0 } x86 ? x86 : Field(cpuInfo, "CPU architecture");
        return family.Length > 0 && family.All(char.IsAsciiLetterOrDigit) ? $"{vendor}-{family}" : vendor;
    }

    private static string Field(string cpuInfo, string name)
    {
        foreach (var line in cpuInfo.Split('\n'))
        {
            var cut = line.IndexOf(':', StringComparison.Ordinal);
            if (cut > 0 && line.AsSpan(0, cut).Trim().SequenceEqual(name))
            {
                return line[(cut + 1)..].Trim();
            }
        }

        return "";
    }
}
