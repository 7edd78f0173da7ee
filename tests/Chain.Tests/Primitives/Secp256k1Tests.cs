using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Primitives;

public sealed class Secp256k1Tests
{
    [Fact]
    public void Is_available_where_these_tests_run() => Secp256k1.EnsureAvailable();

    [Fact]
    public void Says_which_package_to_install_when_the_library_is_missing()
    {
        Secp256k1.EnsureAvailable();
        var library = File.ReadLines("/proc/self/maps").First(line => line.Contains("libsecp256k1", StringComparison.Ordinal));

        using var child = Child.StartIn(["--ro-bind", "/dev/null", library[library.IndexOf('/', StringComparison.Ordinal)..]], "key");

        Assert.Equal("libsecp256k1.so.1 is missing, so no key can be used: run 'apt-get install libsecp256k1-1'.", child.Outcome());
    }
}
