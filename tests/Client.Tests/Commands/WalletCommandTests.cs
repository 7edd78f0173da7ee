namespace VideoMesh.Client.Tests.Commands;

public sealed class WalletCommandTests : IDisposable
{
    private const string WellKnown = "test test test test test test test test test test test junk";
    private const string WellKnownAddress = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

    private readonly string _home = Directory.CreateTempSubdirectory("videomesh-wallet-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task A_new_wallet_shows_its_words_once_on_the_terminal_and_export_shows_the_same()
    {
        using var cli = Terminal();
        Assert.Equal(0, await cli.RunAsync("wallet", "new", "me", "--devnet"));
        var shown = cli.Error.Split('\n')[1].Trim();

        using var export = Script();
        Assert.Equal(0, await export.RunAsync("wallet", "export", "me", "--phrase"));
        Assert.Equal(12, shown.Split(' ').Length);
        Assert.Equal(shown + "\n", export.Out);
        Assert.DoesNotContain(shown, cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_a_new_wallet_is_its_name_and_address_and_the_words_go_nowhere_but_into_a_private_file()
    {
        var file = Path.Combine(_home, "words");
        using var cli = Terminal();
        Assert.Equal(0, await cli.RunAsync("wallet", "new", "me", "--devnet", "--json", "--phrase-file", file));

        Assert.Equal(["name", "address"], cli.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(12, (await File.ReadAllTextAsync(file)).Trim().Split(' ').Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.DoesNotContain((await File.ReadAllTextAsync(file)).Trim(), cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_the_words_are_not_shown()
    {
        using var cli = Script();
        Assert.Equal(0, await cli.RunAsync("wallet", "new", "me", "--devnet"));
        using var export = Script();
        await export.RunAsync("wallet", "export", "me", "--phrase");

        Assert.DoesNotContain(export.Out.Trim(), cli.Error + cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_from_standard_input_give_the_address_other_wallets_give_and_the_password_guards_them()
    {
        using var import = Script(WellKnown, ("VIDEOMESH_PASSWORD", "secret"));
        Assert.Equal(0, await import.RunAsync("wallet", "import", "me", "--json"));
        Assert.Equal(WellKnownAddress, import.Json.GetProperty("address").GetString());

        using var show = Script();
        Assert.Equal(0, await show.RunAsync("wallet", "show", "me", "--json"));
        Assert.Equal("m/44'/60'/0'/0/0", show.Json.GetProperty("path").GetString());

        using var wrong = Script("", ("VIDEOMESH_PASSWORD", "guess"));
        Assert.Equal(6, await wrong.RunAsync("wallet", "export", "me", "--json"));
        Assert.Equal("wrong-password", wrong.Json.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_keystore_is_exported_for_its_owner_alone_and_imported_again_with_its_password()
    {
        var (file, password) = (Path.Combine(_home, "me.json"), Path.Combine(_home, "password"));
        await File.WriteAllTextAsync(password, "secret\n");
        using var import = Script("0x4646464646464646464646464646464646464646464646464646464646464646");
        Assert.Equal(0, await import.RunAsync("wallet", "import", "me", "--password-file", password));
        using var export = Script();
        Assert.Equal(0, await export.RunAsync("wallet", "export", "me", "--password-file", password, "--out", file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        using var again = Terminal().Types("secret");
        Assert.Equal(0, await again.RunAsync("wallet", "import", "you", "--keystore", file, "--devnet"));
        using var list = Script();
        Assert.Equal(0, await list.RunAsync("wallet", "list"));
        Assert.Equal("0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f  me\n0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f  you\n", list.Out);

        using var phrase = Terminal().Types("secret");
        Assert.Equal(6, await phrase.RunAsync("wallet", "export", "you", "--phrase"));
        Assert.Contains("no words belong to it", phrase.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_or_a_password_it_is_2_and_says_what_to_give()
    {
        using var cli = Script();

        Assert.Equal(2, await cli.RunAsync("wallet", "new", "me", "--json"));
        Assert.Equal("password-needed", cli.Json.GetProperty("reason").GetString());
        Assert.False(Directory.Exists(Path.Combine(_home, "videomesh", "wallets")));
    }

    [Theory]
    [InlineData("passwords-differ", "one", "two")]
    [InlineData("password-empty", "")]
    public async Task A_password_mistyped_or_empty_makes_no_wallet(string reason, params string[] typed)
    {
        using var cli = Terminal().Types(typed);

        Assert.Equal(2, await cli.RunAsync("wallet", "new", "me", "--json"));
        Assert.Equal(reason, cli.Json.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_network_that_is_not_this_user_s_devnet_gets_no_wallet_without_a_password()
    {
        using var cli = Script();

        Assert.Equal(2, await cli.RunAsync("wallet", "new", "me", "--network", "http://127.0.0.1:4100", "--json"));
        Assert.Equal("password-needed", cli.Json.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task The_devnet_of_this_user_is_known_by_its_url()
    {
        var devnet = Directory.CreateDirectory(Path.Combine(_home, "videomesh", "devnet")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(devnet, "devnet.json"),
            """{"network":"http://127.0.0.1:4100","seed":{"name":"seed","pid":1,"url":"http://127.0.0.1:4100","roles":[],"address":"0x"},"nodes":[]}""");
        using var cli = Script();

        Assert.Equal(0, await cli.RunAsync("wallet", "new", "me", "--network", "http://127.0.0.1:4100/", "--json"));
        using var export = Script();
        Assert.Equal(0, await export.RunAsync("wallet", "export", "me", "--json"));
        Assert.Equal(4096, export.Json.GetProperty("keystore").GetProperty("crypto").GetProperty("kdfparams").GetProperty("n").GetInt32());
    }

    [Theory]
    [InlineData("unknown-wallet", 6, "show", "you")]
    [InlineData("name-taken", 6, "new", "me", "--devnet")]
    [InlineData("bad-name", 2, "new", "../me", "--devnet")]
    [InlineData("word-count", 6, "new", "you", "--devnet", "--words", "13")]
    [InlineData("out-needed", 2, "export", "me", "--phrase")]
    [InlineData("no-such-file", 2, "import", "you", "--phrase-file", "no-such-file")]
    [InlineData("nothing-to-import", 2, "import", "you", "--devnet")]
    public async Task A_refusal_has_a_name_and_a_code(string reason, int code, params string[] arguments)
    {
        using (var first = Script())
        {
            Assert.Equal(0, await first.RunAsync("wallet", "new", "me", "--devnet"));
        }

        using var cli = Script();
        Assert.Equal(code, await cli.RunAsync(["wallet", .. arguments, "--json"]));
        Assert.Equal(reason, cli.Json.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_hides_no_other_wallet()
    {
        using (var first = Script())
        {
            Assert.Equal(0, await first.RunAsync("wallet", "new", "me", "--devnet"));
        }

        // names itself, so that nobody can open it: not even root
        var loop = Path.Combine(_home, "videomesh", "wallets", "loop.json");
        File.CreateSymbolicLink(loop, loop);

        using var cli = Script();
        Assert.Equal(0, await cli.RunAsync("wallet", "list", "--json"));
        Assert.Equal("me", Assert.Single(cli.Json.GetProperty("wallets").EnumerateArray()).GetProperty("name").GetString());
        Assert.Contains("loop:", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_does_not_start_for_a_wallet_that_does_not_open()
    {
        using var cli = Script();

        Assert.Equal(6, await cli.RunAsync("node", "--wallet", "me", "--listen", "127.0.0.1:0", "--data", Path.Combine(_home, "node"), "--json"));
        Assert.Equal("unknown-wallet", cli.Json.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_node_with_a_wallet_is_that_account()
    {
        using (var import = Script(WellKnown))
        {
            Assert.Equal(0, await import.RunAsync("wallet", "import", "me", "--devnet"));
        }

        // ends with its standard input, which has ended
        using var node = Script();
        Assert.Equal(0, await node.RunAsync("node", "--wallet", "me", "--listen", "127.0.0.1:0", "--data", Path.Combine(_home, "node"), "--exit-with-stdin", "--json"));
        Assert.Equal(WellKnownAddress, node.Json.GetProperty("address").GetString());
        Assert.False(File.Exists(Path.Combine(_home, "node", "node.key")));
    }

    private TestCli Script(string input = "", params (string Name, string Value)[] environment) => new(new StringReader(input), isTerminal: false, [.. environment, ("XDG_STATE_HOME", _home)]);

    private TestCli Terminal() => new(TextReader.Null, isTerminal: true, ("XDG_STATE_HOME", _home));
}
