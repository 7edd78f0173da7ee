using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Primitives;

public sealed class Secp256k1Tests
{
    [Fact]
    public void Is_available_where_these_tests_run() => Secp256k1.EnsureAvailable();

    [Fact]
    public void Says_which_package_to_install_when_the_library_is_missing()
    {
        using var child = Child.StartIn(["--ro-bind", "/dev/null", InstalledLibrary()], "key");

        Assert.Equal(
            "libsecp256k1 is missing, so no key can be used: run 'apt-get install libsecp256k1-1' (libsecp256k1-2 from Debian 13 on).", child.Outcome());
    }

    [Theory]
    [InlineData("libsecp256k1.so.1")]
    [InlineData("libsecp256k1.so.2")]
    public void Takes_the_library_under_the_name_of_either_release(string name)
    {
        var folder = Directory.CreateTempSubdirectory("secp256k1-").FullName;
        try
        {
            File.Copy(InstalledLibrary(), Path.Combine(folder, name));
            using var child = Child.StartIn(["--ro-bind", "/dev/null", InstalledLibrary(), "--setenv", "LD_LIBRARY_PATH", folder], "key");

            Assert.Equal("available", child.Outcome());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string InstalledLibrary()
    {
        Secp256k1.EnsureAvailable();
        var map = File.ReadLines("/proc/self/maps").First(line => line.Contains("libsecp256k1", StringComparison.Ordinal));
        return map[map.IndexOf('/', StringComparison.Ordinal)..];
    }
}
