using System.CommandLine;
using VideoMesh.Client.Commands.Store;

namespace VideoMesh.Client.Commands;

/// <summary>The list of verbs. One file per verb; each is entered here and nowhere else.</summary>
internal static class Verbs
{
    public static RootCommand Create(CliContext context)
    {
        var root = new RootCommand(
            "VideoMesh: transcode video on strangers' machines without trusting them. From a checkout, './mesh' builds this program and runs it; './mesh test' and './mesh bench' are its own.");
        foreach (var verb in All(context))
        {
            root.Add(verb);
        }

        root.WithExamples(
            ("./mesh demo", "the whole network on this machine, with a real clip"),
            ("videomesh transcode holiday.mp4 --out out/", "a ladder for HLS and DASH, and MP4 files"),
            ("videomesh node --role compute --network http://seed.example.net:4100", "earn with idle cores"),
            ("videomesh doctor", "what this machine lacks, and the command that mends it"));
        return root;
    }

    private static IEnumerable<Command> All(CliContext context) =>
    [
        DemoCommand.Create(context),
        TranscodeCommand.Create(context),
        JobCommand.Create(context),
        StoreCommand.Create(context),
        NodeCommand.Create(context),
        MinerCommand.Create(context),
        WalletCommand.Create(context),
        BalanceCommand.Create(context),
        SendCommand.Create(context),
        StakeCommand.Create(context),
        UnstakeCommand.Create(context),
        ChainCommand.Create(context),
        DevnetCommand.Create(context),
        GenesisCommand.Create(context),
        DoctorCommand.Create(context),
    ];
}
