using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Miners.Compute;

namespace VideoMesh.Miners.Tests.Compute;

public sealed class DeterminismClassTests
{
    private const string Version = "ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026 the FFmpeg developers\nbuilt with gcc 12\nlibavcodec 59. 37.100\n";
    private const string Epyc = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel name\t: AMD EPYC\nflags\t\t: fpu sse4_2 avx avx2 bmi2\n";
    private const string Xeon = "vendor_id\t: GenuineIntel\ncpu family\t: 6\nflags\t\t: sse4_2 avx avx2 avx512f avx512bw avx512cd avx512dq avx512vl\n";

    [Theory]
    [InlineData(Epyc, "amd-25-avx2")]
    [InlineData(Xeon, "intel-6-avx512")]
    [InlineData("vendor_id : GenuineIntel\ncpu family : 6\nflags : sse4_2 avx avx512f\n", "intel-6-avx")]
    [InlineData("vendor_id : GenuineIntel\ncpu family : 6\nflags : sse2\n", "intel-6")]
    [InlineData("CPU implementer : 0x41\nCPU architecture: 8\nFeatures : fp asimd sve\n", "arm-8-sve")]
    [InlineData("", "cpu")]
    public void Names_build_family_and_vector_instructions(string cpuInfo, string family) =>
        Assert.Matches($@"^ffmpeg-5\.1\.9\.[0-9a-f]{{12}}\.{family}$", DeterminismClass.Of(Version, cpuInfo));

    [Fact]
    public void Any_other_build_text_is_another_class()
    {
        Assert.NotEqual(DeterminismClass.Of(Version, Epyc), DeterminismClass.Of(Version.Replace("gcc 12", "gcc 13", StringComparison.Ordinal), Epyc));
        Assert.NotEqual(DeterminismClass.Of(Version, Epyc), DeterminismClass.Of(Version, Xeon));
        Assert.Equal(DeterminismClass.Of(Version, Epyc), DeterminismClass.Of(Version.ReplaceLineEndings("\r\n") + "\n", Epyc));
    }

    [Fact]
    public void Cores_models_and_clocks_make_no_other_class() =>
        Assert.Equal(
            DeterminismClass.Of(Version, Epyc),
            DeterminismClass.Of(Version, Epyc.Replace("EPYC", "Ryzen", StringComparison.Ordinal) + "cpu MHz : 4000\n" + Epyc));

    [Fact]
    public void Whatever_the_texts_say_the_name_stays_plain() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<string>(),
            ArbMap.Default.ArbFor<string>(),
            (version, cpu) => DeterminismClass.Of($"ffmpeg version {version}", $"vendor_id: {cpu}\ncpu family: {version}\nflags: {cpu}").All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-'))
        .QuickCheckThrowOnFailure();
}
