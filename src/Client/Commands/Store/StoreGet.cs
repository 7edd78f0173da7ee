using System.CommandLine;
using VideoMesh.Client.Node;
using VideoMesh.Client.Rendering;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Client.Commands.Store;

/// <summary><c>videomesh store get</c>.</summary>
internal static class StoreGet
{
    private const string StandardOutput = "-";

    public static Command Create(CliContext context)
    {
        var id = StoreCommand.Id();
        var output = new Option<string>("--out") { Description = "Where it goes: a new file, or a new folder for a folder. With --stream, - is standard output.", Required = true };
        var stream = new Option<bool>("--stream") { Description = "Write in play order straight to --out, so that a player can follow. Without it, --out appears when it is complete." };
        var network = new NetworkFlags();
        var command = new Command("get", "Bring an object back, checked block by block. Needs no wallet.") { id, output, stream };
        network.AddTo(command);
        return command
            .WithExamples(
                ("videomesh store get ID --out holiday.mp4", "byte for byte, from any k of k + m miners"),
                ("videomesh store get ID --out - --stream | ffplay -", "watch it while it comes"))
            .Runs(context, async run =>
            {
                var hash = StoreCommand.ReadId(run.Required(id));
                var target = run.Required(output);
                if (string.Equals(target, StandardOutput, StringComparison.Ordinal) && (run.Json || !run.Value(stream)))
                {
                    throw CommandFailure.Usage("stdout-needs-stream", "--out - goes with --stream and without --json: standard output then belongs to the bytes.");
                }

                await using var client = await StoreCommand.OpenAsync(run, network, needed: 1);
                var found = await StoreCommand.FindAsync(client, run, hash);
                var fetch = new Fetch(run, client, found);
                await (run.Value(stream) ? fetch.StreamAsync(target) : fetch.SaveAsync(run.FullPath(target)));
                return ExitCode.Done;
            });
    }

    private sealed class Fetch(CommandRun run, StoreClient client, FoundObject found)
    {
        private const string OnlyFile = "file";

        private Manifest Manifest => found.Manifest;

        public async Task StreamAsync(string target)
        {
            if (Manifest.IsFolder)
            {
                throw CommandFailure.Usage("folder-has-no-stream", "This object is a folder; leave --stream out.");
            }

            if (string.Equals(target, StandardOutput, StringComparison.Ordinal))
            {
                await using var standard = Console.OpenStandardOutput();
                await DownloadAsync(new StreamSink(standard));
                return;
            }

            var path = NewFile(run.FullPath(target));
            DownloadResult streamed;
            try
            {
                await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
                streamed = await DownloadAsync(new StreamSink(file));
            }
            catch
            {
                File.Delete(path);
                throw;
            }

            Report(path, streamed);
        }

        public async Task SaveAsync(string target)
        {
            var path = Manifest.IsFolder ? OutFolders.Require(target) : NewFile(target);
            var staging = $"{path}.{found.Id.ToString()[..12]}.part";
            Remove(staging);
            Directory.CreateDirectory(staging);
            try
            {
                using var files = new ObjectFiles(Manifest, file => Path.Combine(staging, Manifest.IsFolder ? file.Path : OnlyFile));
                var result = await DownloadAsync(files);
                files.Complete();
                if (result.Lost.IsEmpty)
                {
                    Publish(staging, path);
                    Report(path, result);
                }
                else
                {
                    SaveSurvivors(path, staging, files.Incomplete, result);
                }
            }
            finally
            {
                Remove(staging);
            }
        }

        private async Task<DownloadResult> DownloadAsync(IObjectSink sink)
        {
            await using var progress = TransferProgress.Open(run, "fetching", Manifest.Bytes);
            return await new ObjectDownload(client.Transfers, progress.Add).RunAsync(found, sink, run.Cancellation);
        }

        private static string NewFile(string path) => !Path.Exists(path)
            ? path
            : throw CommandFailure.Usage("out-exists", $"--out names {path}, which exists; name a new file.");

        private static void Remove(string folder)
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        // By one rename: there is nothing at the path, or all of it.
        private void Publish(string staging, string path)
        {
            if (!Manifest.IsFolder)
            {
                File.Move(Path.Combine(staging, OnlyFile), path);
                return;
            }

            if (Directory.Exists(path))
            {
                Directory.Delete(path);
            }

            Directory.Move(staging, path);
        }

        // Files of a folder that are whole play without the others. A single file with holes gets another name, so that nobody takes it for the right one.
        private void SaveSurvivors(string path, string staging, IReadOnlyList<ManifestFile> incomplete, DownloadResult result)
        {
            var lost = Manifest.RangesOf(result.Lost);
            var survivors = Manifest.IsFolder ? path : path + ".incomplete";
            if (Manifest.IsFolder)
            {
                foreach (var file in incomplete)
                {
                    File.Delete(Path.Combine(staging, file.Path));
                }
            }
            else
            {
                File.Delete(survivors);
            }

            Publish(staging, survivors);
            var named = string.Join("; ", lost.Take(4).Select(range => $"bytes {range.Offset} to {range.Offset + range.Bytes - 1} of {Units.Clean(range.File.Path, 80)}"));
            throw new CommandFailure(
                ExitCode.JobFailed,
                "bytes-lost",
                $"{Units.Bytes(lost.Sum(range => range.Bytes))} are lost, more than parity can make up for: {named}{(lost.Count > 4 ? "; …" : "")}. What is left is in {survivors}{(Manifest.IsFolder ? "" : ", with zeros in place of what is lost")}.")
            {
                Result = new
                {
                    Id = found.Id.ToString(),
                    Survivors = survivors,
                    Lost = lost.Select(range => new { range.File.Path, range.Offset, range.Bytes }),
                },
            };
        }

        private void Report(string path, DownloadResult result)
        {
            run.PrintJson(new { Id = found.Id.ToString(), Out = path, Manifest.Bytes, Files = Manifest.Files.Length, result.Rebuilt, Corrupt = result.Corrupt.Select(block => new { block.Block, Miner = block.Miner.ToString() }) });
            run.Print($"{Units.Clean(Manifest.Name, 60)} → {path}  {Units.Bytes(Manifest.Bytes)}{(result.Rebuilt > 0 ? $", {result.Rebuilt} blocks rebuilt from parity" : "")}");
            foreach (var (block, miner) in result.Corrupt)
            {
                run.Note($"{miner} gave block {block} with other bytes than it was given");
            }
        }
    }
}
