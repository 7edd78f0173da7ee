using System.CommandLine;
using System.Globalization;
using VideoMesh.Client.Node;
using VideoMesh.Client.Rendering;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Client.Commands.Store;

/// <summary><c>videomesh store put</c>.</summary>
internal static class StorePut
{
    private const int UsualData = 8;
    private const int UsualParity = 4;

    public static Command Create(CliContext context)
    {
        var source = new Argument<string>("SOURCE") { Description = "A file, kept byte for byte; or a folder, such as `transcode` makes, whose files stay whole." };
        var data = new Option<int?>("--k") { Description = $"Blocks that give back a stripe. Default {UsualData}, less in a small network." };
        var parity = new Option<int?>("--m") { Description = $"Blocks of a stripe that may be lost. Default {UsualParity}, less in a small network." };
        var network = new NetworkFlags();
        var wallet = new WalletFlags("The wallet that owns it. Without it: a key of this user's own.");
        var command = new Command("put", "Store a file or a folder; done again after a failure, it goes on where it stopped.") { source, data, parity };
        network.AddTo(command);
        wallet.AddTo(command);
        return command
            .WithExamples(
                ("videomesh store put holiday.mp4 --k 4 --m 2 --network http://seed.example.net:4100", "six miners get a block of each stripe"),
                ("videomesh store put out/ --json", "a ladder as whole playable segments, for scripts"))
            .Runs(context, async run =>
            {
                var path = run.FullPath(run.Required(source));
                var files = Sources(path);
                var (k, m) = (run.Value(data), run.Value(parity));
                Require(k, m);
                using var owner = StoreCommand.OpenOwner(run, wallet);
                await using var client = await StoreCommand.OpenAsync(run, network, (k ?? 1) + (m ?? 1));
                (k, m) = Choose(k, m, client.Network.Miners.Length);
                var plan = Directory.Exists(path) ? StripePlan.OfFolder(files, k.Value, m.Value) : StripePlan.OfFile(files[0], k.Value, m.Value);
                var spec = new UploadSpec(plan, owner.Address, Path.GetFileName(path), Directory.Exists(path), k.Value, m.Value);
                StoredObject stored;
                await using (var progress = TransferProgress.Open(run, "storing", plan.StoredBytes(m.Value)))
                {
                    stored = await new ObjectUpload(client.Network, client.Transfers, progress.Add, run.Note).RunAsync(spec, run.Cancellation);
                }

                StoreIndex.Open(run).Add(new StoreIndex.Entry(stored.Id, spec.Name, stored.Manifest.Bytes, k.Value, m.Value, run.Time.GetUtcNow()));
                Print(run, stored);
                return ExitCode.Done;
            });
    }

    private static void Require(int? k, int? m)
    {
        if (k is < 1 or > ReedSolomon.MaxBlocks || m is < 1 or > ReedSolomon.MaxBlocks || k + m > ReedSolomon.MaxBlocks)
        {
            throw CommandFailure.Usage("bad-stripe", $"--k and --m must be at least 1 and together at most {ReedSolomon.MaxBlocks}.");
        }
    }

    // A third of the blocks is parity, and each has its own miner.
    private static (int K, int M) Choose(int? k, int? m, int miners)
    {
        var parity = m ?? (k is { } data ? Math.Clamp(miners - data, 1, UsualParity) : Math.Clamp(miners / 3, 1, UsualParity));
        return (k ?? Math.Clamp(miners - parity, 1, UsualData), parity);
    }

    private static List<SourceFile> Sources(string path)
    {
        if (!Directory.Exists(path))
        {
            var file = new FileInfo(path);
            return file.Exists && file.Length > 0
                ? [new SourceFile(file.Name, file.FullName, file.Length)]
                : throw new StorageException(StorageRefusal.SourceUnfit, $"There is nothing to store at {path}: a file with bytes in it, or a folder, is expected.");
        }

        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        List<SourceFile> files =
            [.. new DirectoryInfo(path).EnumerateFiles("*", options).Select(file => new SourceFile(Path.GetRelativePath(path, file.FullName), file.FullName, file.Length))];
        if (files.Find(file => !Manifest.IsPath(file.Path)) is { } odd)
        {
            throw new StorageException(StorageRefusal.SourceUnfit, $"{Units.Clean(odd.Path, Manifest.MaxPathBytes)} has a name that cannot be stored.");
        }

        return files.Exists(file => file.Bytes > 0) ? files : throw new StorageException(StorageRefusal.SourceUnfit, $"There is nothing to store in {path}.");
    }

    private static void Print(CommandRun run, StoredObject stored)
    {
        var manifest = stored.Manifest;
        run.PrintJson(new
        {
            Id = stored.Id.ToString(),
            manifest.Bytes,
            manifest.Segments,
            Stripes = manifest.Stripes.Length,
            K = manifest.Data,
            M = manifest.Parity,
            Miners = stored.Miners.Select(miner => miner.ToString()),
            PaidNano = 0,
            manifest.StoredBytes,
            stored.AlreadyHadBytes,
        });
        run.Print(stored.Id.ToString());
        run.Print(string.Create(
            CultureInfo.InvariantCulture,
            $"  {manifest.Name}: {Units.Bytes(manifest.Bytes)} in {manifest.Stripes.Length} stripes of {manifest.Data} + {manifest.Parity} on {stored.Miners.Length} miners; {Units.Bytes(manifest.StoredBytes)} stored, {(double)manifest.StoredBytes / manifest.Bytes:0.00} times the original"));
        run.Print($"  any {manifest.Parity} of {manifest.Data + manifest.Parity} blocks of a stripe may be lost; `videomesh store get {stored.Id} --out FILE` brings it back");
    }
}
