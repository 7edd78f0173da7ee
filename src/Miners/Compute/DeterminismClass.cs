using System.Security.Cryptography;
using System.Text;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Compute;

/// <summary>
/// Names the machines that produce the same bytes: one ffmpeg build on one CPU family with one set of vector instructions, since encoders choose their code by it. A class says what a miner claims; that two miners of a class really
/// agree is found out by comparing results, never trusted.
/// </summary>
public static class DeterminismClass
{
    private const string IdDomain = "VideoMesh class v1";
    private const int DigestBytes = 6;

    // From the newest to the oldest; AVX-512 is a family of extensions, and encoders use it only where these are all there.
    private static readonly (string Name, string[] Needs)[] VectorSets =
    [
        ("avx512", ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]),
        ("avx2", ["avx2"]),
        ("avx", ["avx"]),
        ("sse42", ["sse4_2"]),
        ("sve2", ["sve2"]),
        ("sve", ["sve"]),
        ("neon", ["asimd"]),
    ];

    /// <summary>The class of a machine, such as <c>ffmpeg-5.1.9.3fa9c0b1d2e4.amd-25-avx2</c>.</summary>
    /// <param name="ffmpegVersion">What <c>ffmpeg -version</c> prints: version, build flags, library versions.</param>
    /// <param name="cpuInfo">The text of <c>/proc/cpuinfo</c>.</param>
    public static string Of(string ffmpegVersion, string cpuInfo)
    {
        var text = ffmpegVersion.ReplaceLineEndings("\n").TrimEnd();
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, DigestBytes));
        return $"ffmpeg-{Version(text)}.{digest}.{CpuFamily(cpuInfo)}";
    }

    /// <summary>What the ledger calls a class: jobs and verifiers name it by this.</summary>
    /// <param name="name">As <see cref="Of"/> gives it.</param>
    public static Hash256 Id(string name) => new RlpWriter().StartList().Text(IdDomain).Text(name).EndList().Keccak();

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
        var name = family.Length > 0 && family.All(char.IsAsciiLetterOrDigit) ? $"{vendor}-{family}" : vendor;
        return VectorSet(cpuInfo) is { } vectors ? $"{name}-{vectors}" : name;
    }

    // The steps at which x264, x265, libvpx and SVT-AV1 switch to other code. Intel's family is 6 from the Pentium Pro on, so the family alone says little.
    private static string? VectorSet(string cpuInfo)
    {
        var flags = Field(cpuInfo, "flags").Split(' ').ToHashSet(StringComparer.Ordinal);
        if (flags.Count <= 1)
        {
            flags = Field(cpuInfo, "Features").Split(' ').ToHashSet(StringComparer.Ordinal);
        }

        return VectorSets.FirstOrDefault(set => set.Needs.All(flags.Contains)).Name;
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
