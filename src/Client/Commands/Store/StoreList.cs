using System.CommandLine;
using VideoMesh.Client.Rendering;

namespace VideoMesh.Client.Commands.Store;

/// <summary><c>videomesh store ls</c>.</summary>
internal static class StoreList
{
    public static Command Create(CliContext context) =>
        new Command("ls", "What this user has stored, the latest first. Asks nobody.")
            .WithExamples(("videomesh store ls --json", "for scripts"))
            .Runs(context, run =>
            {
                var entries = StoreIndex.Open(run).List();
                run.PrintJson(new { Objects = entries.Select(entry => new { Id = entry.Id.ToString(), entry.Name, entry.Bytes, entry.K, entry.M, entry.At }) });
                foreach (var entry in entries)
                {
                    run.Print($"{entry.Id}  {entry.At:yyyy-MM-dd HH:mm}  {Units.Bytes(entry.Bytes),9}  {entry.K} + {entry.M}  {Units.Clean(entry.Name, 60)}");
                }

                return Task.FromResult(ExitCode.Done);
            });
}
