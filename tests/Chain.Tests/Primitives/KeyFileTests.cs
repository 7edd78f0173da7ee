using System.Collections.Concurrent;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Primitives;

public sealed class KeyFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("videomesh-keys-").FullName;

    private string KeyPath => Path.Combine(_folder, "node", "node.key");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Creates_the_key_once_for_its_owner_alone_and_loads_it_ever_after()
    {
        using var created = KeyFile.LoadOrCreate(KeyPath);
        using var again = KeyFile.LoadOrCreate(KeyPath);
        using var loaded = KeyFile.Load(KeyPath);

        Assert.Equal(created.Address, again.Address);
        Assert.Equal(created.Address, loaded.Address);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyPath));
        Assert.Equal(KeyPath, Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(KeyPath)!)));
        Assert.Matches("^[0-9a-f]{64}\n$", File.ReadAllText(KeyPath));
    }

    [Fact]
    public void Everyone_who_creates_at_once_gets_the_same_key()
    {
        var addresses = new ConcurrentBag<Address>();
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16 }, _ =>
        {
            using var key = KeyFile.LoadOrCreate(KeyPath);
            addresses.Add(key.Address);
        });

        Assert.Single(addresses.Distinct());
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(KeyPath)!));
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000001")]
    [InlineData("0x0000000000000000000000000000000000000000000000000000000000000001\r\n")]
    [InlineData("  0000000000000000000000000000000000000000000000000000000000000001\n\n")]
    public void Reads_keys_as_people_write_them(string content)
    {
        using var key = KeyFile.LoadOrCreate(Holding(content));

        Assert.Equal("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", key.Address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("00000000000000000000000000000000000000000000000000000000000001")]
    [InlineData("000000000000000000000000000000000000000000000000000000000000000001")]
    [InlineData("000000000000000000000000000000000000000000000000000000000000000g")]
    [InlineData("0000000000000000000000000000000 000000000000000000000000000000001")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")]
    [InlineData("-----BEGIN EC PRIVATE KEY-----")]
    public void Refuses_a_file_without_a_key_and_leaves_it_alone(string content)
    {
        var path = Holding(content);

        var refusal = Assert.Throws<KeyFileException>(() => KeyFile.LoadOrCreate(path));

        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("does not hold a private key", refusal.Message, StringComparison.Ordinal);
        Assert.True(content.Trim().Length == 0 || !refusal.Message.Contains(content.Trim(), StringComparison.OrdinalIgnoreCase));
        Assert.Equal(content, File.ReadAllText(path));
    }

    [Fact]
    public void Refuses_a_file_that_goes_on_after_the_key() =>
        Assert.Throws<KeyFileException>(() => KeyFile.Load(Holding(new string('0', 63) + "1" + new string(' ', 400) + "and more")));

    [Fact]
    public void Says_what_is_wrong_with_a_missing_file_and_a_directory()
    {
        Assert.Contains(KeyPath, Assert.Throws<KeyFileException>(() => KeyFile.Load(KeyPath)).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(KeyPath);
        Assert.Contains("cannot be", Assert.Throws<KeyFileException>(() => KeyFile.LoadOrCreate(KeyPath)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Leaves_nothing_behind_where_it_cannot_write()
    {
        var file = Holding("in the way");

        Assert.Throws<KeyFileException>(() => KeyFile.LoadOrCreate(Path.Combine(file, "node.key")));
        Assert.Throws<KeyFileException>(() => KeyFile.LoadOrCreate("/proc/self/node.key"));
    }

    private string Holding(string content)
    {
        var path = Path.Combine(_folder, "given.key");
        File.WriteAllText(path, content);
        return path;
    }
}
