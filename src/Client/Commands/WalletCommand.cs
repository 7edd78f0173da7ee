using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using VideoMesh.Chain.Wallets;
using VideoMesh.Client.Node;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh wallet</c>: make, import, look at and export the keys of accounts.</summary>
public static class WalletCommand
{
    public static Command Create(CliContext context) =>
        new Command("wallet", "Make, import, look at and export wallets: the keys of accounts.") { New(context), Import(context), List(context), Show(context), Export(context) }
            .WithExamples(
                ("videomesh wallet new me", "a new account, and the words that bring it back"),
                ("videomesh wallet import me", "an account of another wallet, from its words"),
                ("videomesh wallet list", "all accounts on this machine"));

    private static Command New(CliContext context)
    {
        var name = Name();
        var words = new Option<int>("--words") { Description = $"Words of the phrase: {string.Join(", ", WordPhrase.WordCounts)}.", DefaultValueFactory = _ => WordPhrase.DefaultWordCount };
        var phraseFile = new Option<string?>("--phrase-file")
        {
            Description = "Write the words to this new file, for its owner alone. Without it they are shown on the terminal, and with --json nowhere: `wallet export --phrase` has them.",
        };
        var grade = new GradeFlags();
        var password = new PasswordFlags();
        var command = new Command("new", "A new account. Its words are shown once: whoever has them has the account.") { name, words, phraseFile };
        grade.AddTo(command);
        password.AddTo(command);
        return command
            .WithExamples(
                ("videomesh wallet new me", "asks for a password, shows the words"),
                ("videomesh wallet new me --network http://127.0.0.1:4100 --json", "on your devnet, for scripts: no password"))
            .Runs(context, run =>
            {
                PasswordFlags.WalletsOf(run).RequireFree(run.Required(name));
                var file = run.Value(phraseFile) is { } path ? PrivateFiles.RequireNew(run, "--phrase-file", path) : null;
                using var secret = WalletSecret.Of(WordPhrase.Create(run.Required(words)), DerivationPath.Default);
                Add(run, run.Required(name), secret, grade, password);
                var phrase = secret.Phrase!.Reveal();
                if (file is not null)
                {
                    PrivateFiles.Write("--phrase-file", file, Encoding.UTF8.GetBytes(phrase + "\n"));
                }
                else if (run.ErrorIsTerminal && !run.Json && !run.Quiet)
                {
                    run.Note("Write these words down, in this order, and show them to nobody. They are the account:");
                    run.Note($"  {phrase}");
                }
                else
                {
                    run.Note($"`videomesh wallet export {run.Required(name)} --phrase` shows the words that bring this account back.");
                }

                return Task.FromResult(ExitCode.Done);
            });
    }

    private static Command Import(CliContext context)
    {
        var name = Name();
        var phraseFile = new Option<string?>("--phrase-file") { Description = "File with the words, or with a private key in hexadecimal." };
        var keystore = new Option<string?>("--keystore") { Description = "V3 keystore of another wallet; its password becomes the wallet's." };
        var derivation = new Option<string>("--path") { Description = "Which account of the words.", DefaultValueFactory = _ => DerivationPath.Default.ToString() };
        var grade = new GradeFlags();
        var password = new PasswordFlags();
        var command = new Command("import", "An account of another wallet: its words, private key or V3 keystore, from a file, standard input or the terminal.")
        {
            name, phraseFile, keystore, derivation,
        };
        grade.AddTo(command);
        password.AddTo(command);
        return command
            .WithExamples(
                ("videomesh wallet import me", "asks for the words and a password"),
                ("videomesh wallet import me --keystore UTC--2026-01-01--f39f.json", "from geth, MetaMask, ethers and the like"))
            .Runs(context, run =>
            {
                PasswordFlags.WalletsOf(run).RequireFree(run.Required(name));
                if (run.Value(phraseFile) is not null && run.Value(keystore) is not null)
                {
                    throw CommandFailure.Usage("phrase-and-keystore", "--phrase-file and --keystore exclude each other.");
                }

                var text = run.Value(phraseFile) is { } words ? PrivateFiles.Read(run, "--phrase-file", words)
                    : run.Value(keystore) is { } file ? PrivateFiles.Read(run, "--keystore", file)
                    : SecretText.Ask(run);
                var ofKeystore = SecretText.IsKeystore(text) ? password.Existing(run, "the keystore") : null;
                using var secret = SecretText.Parse(text, DerivationPath.Parse(run.Required(derivation)), ofKeystore);
                Add(run, run.Required(name), secret, grade, password, ofKeystore);
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static Command List(CliContext context) =>
        new Command("list", "The accounts on this machine.")
            .WithExamples(("videomesh wallet list --json", "for scripts"))
            .Runs(context, run =>
            {
                var wallets = PasswordFlags.WalletsOf(run);
                var found = new List<WalletInfo>();
                foreach (var name in wallets.Names())
                {
                    try
                    {
                        found.Add(wallets.Describe(name));
                    }
                    catch (Exception refused) when (refused is WalletException or IOException or UnauthorizedAccessException)
                    {
                        run.Warn($"{name}: {refused.Message}");
                    }
                }

                run.PrintJson(new { Wallets = found.Select(View) });
                found.ForEach(wallet => run.Print($"{wallet.Address}  {wallet.Name}"));
                return Task.FromResult(ExitCode.Done);
            });

    private static Command Show(CliContext context)
    {
        var name = Name();
        return new Command("show", "One account: its address and where its key lies below its words. Never a secret.") { name }
            .WithExamples(("videomesh wallet show me", "where others send coins"))
            .Runs(context, run =>
            {
                var wallet = PasswordFlags.WalletsOf(run).Describe(run.Required(name));
                run.PrintJson(View(wallet));
                run.Print($"name     {wallet.Name}");
                run.Print($"address  {wallet.Address}");
                run.Print($"path     {wallet.Path?.ToString() ?? "none: made from a key"}");
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static Command Export(CliContext context)
    {
        var name = Name();
        var words = new Option<bool>("--phrase") { Description = "The words instead of the V3 keystore. Whoever sees them has the account." };
        var outFile = new Option<string?>("--out") { Description = "Write to this new file, for its owner alone, instead of stdout. Needed with --phrase and --json." };
        var password = new PasswordFlags();
        var command = new Command("export", "The V3 keystore, which other wallets open with the same password, or the words.") { name, words, outFile };
        password.AddTo(command);
        return command
            .WithExamples(
                ("videomesh wallet export me --out me.json", "a backup that its password protects"),
                ("videomesh wallet export me --phrase", "the words, to write them down"))
            .Runs(context, run =>
            {
                var file = run.Value(outFile) is { } path ? PrivateFiles.RequireNew(run, "--out", path) : null;
                if (run.Json && run.Value(words) && file is null)
                {
                    throw CommandFailure.Usage("out-needed", "With --json the words only go into a file: use --out.");
                }

                var wallets = PasswordFlags.WalletsOf(run);
                using var secret = password.Open(run, run.Required(name));
                var content = !run.Value(words) ? wallets.Export(run.Required(name))
                    : secret.Phrase is { } phrase ? Encoding.UTF8.GetBytes(phrase.Reveal() + "\n")
                    : throw new WalletException(WalletRefusal.NoPhrase, $"Wallet {run.Required(name)} was made from a key, so no words belong to it; export its keystore.");
                if (file is not null)
                {
                    PrivateFiles.Write("--out", file, content);
                    run.PrintJson(new { Name = run.Required(name), Address = secret.Key.Address.ToString(), Out = file });
                    return Task.FromResult(ExitCode.Done);
                }

                run.PrintJson(new { Name = run.Required(name), Address = secret.Key.Address.ToString(), Keystore = run.Json ? JsonNode.Parse(content) : null });
                run.Print(Encoding.UTF8.GetString(content).TrimEnd());
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static Argument<string> Name() => new("NAME") { Description = "The wallet: letters, digits, - and _, at most 64." };

    private static object View(WalletInfo wallet) => new { wallet.Name, Address = wallet.Address.ToString(), Path = wallet.Path?.ToString() };

    private static void Add(CommandRun run, string name, WalletSecret secret, GradeFlags grade, PasswordFlags password, string? known = null)
    {
        var (cost, chosen) = grade.IsDevnet(run) ? (KeystoreCost.Devnet, known ?? "") : (KeystoreCost.Standard, known ?? password.New(run, name));
        var wallet = PasswordFlags.WalletsOf(run).Add(name, secret, chosen, cost);
        run.PrintJson(new { wallet.Name, Address = wallet.Address.ToString() });
        run.Print($"{wallet.Address}  {wallet.Name}");
    }

    /// <summary>For which kind of network the wallet is: a devnet's has no password, and its file is quick to open.</summary>
    private sealed class GradeFlags
    {
        private readonly Option<bool> _devnet = new("--devnet") { Description = "For networks that are worth nothing: no password." };
        private readonly Option<string?> _network = new("--network") { Description = "URL of the network the wallet is for; the same as --devnet if that is your devnet." };

        public void AddTo(Command command)
        {
            command.Options.Add(_devnet);
            command.Options.Add(_network);
        }

        public bool IsDevnet(CommandRun run) => run.Value(_devnet)
            || (run.Value(_network) is { } url && new Devnet(new UserFolders(run.Environment), run.Time).Owns(Urls.Parse("--network", url)));
    }
}
