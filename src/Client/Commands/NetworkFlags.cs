using System.CommandLine;
using VideoMesh.Client.Node;
using VideoMesh.Client.Node.Chain;

namespace VideoMesh.Client.Commands;

/// <summary>The option of every verb that asks the network: by which node.</summary>
internal sealed class NetworkFlags
{
    private readonly Option<string?> _network = new("--network") { Description = "URL of a node of the network. Without it: your own devnet, if one is up." };

    public void AddTo(Command command) => command.Options.Add(_network);

    /// <summary>A client of that node's ledger, which the caller disposes of.</summary>
    /// <exception cref="CommandFailure">None is given, and no devnet of this user is up.</exception>
    public ChainClient Open(CommandRun run) => new(Url(run), run.Time);

    /// <exception cref="CommandFailure">None is given, and no devnet of this user is up.</exception>
    public Uri Url(CommandRun run)
    {
        if (run.Value(_network) is { } text)
        {
            return Urls.Parse("--network", text);
        }

        return new Devnet(new UserFolders(run.Environment), run.Time).Find() is { } devnet && Devnet.IsUp(devnet)
            ? devnet.Network
            : throw new CommandFailure(
                ExitCode.NoNetworkOrMiner, "no-network", "No network: give --network URL, or start a devnet of your own with `videomesh devnet up`.");
    }
}
