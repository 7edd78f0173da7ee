using System.CommandLine;
using System.Globalization;
using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.VerifierPool;
using VideoMesh.Chain.Blocks;

namespace VideoMesh.Client.Commands;

/// <summary>The options of nodes that keep a ledger.</summary>
internal sealed class LedgerFlags
{
    private readonly Option<string?> _genesis = new("--genesis") { Description = "File of where the chain begins. With it the node keeps the ledger, whatever its role; a verifier needs it." };
    private readonly Option<string?> _restake = new("--restake") { Description = "Share of what this verifier earns that it bonds, such as 25%." };
    private readonly Option<bool> _unjail = new("--unjail") { Description = "A verifier that was jailed for being away asks to take part again." };
    private readonly Option<string?> _checkpoint = new("--checkpoint") { Description = "HEIGHT:HASH of a block that the chain must have, from somebody you trust. Needed by a node that was away longer than stakes stay bonded." };
    private readonly Option<double> _idle = new("--idle-seconds") { Description = "Seconds between blocks while nothing waits for one.", DefaultValueFactory = _ => 30 };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_genesis, _restake, _unjail, _checkpoint, _idle])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Where the chain begins, or null for a node without a ledger.</summary>
    public Genesis? ReadGenesis(CommandRun run) => run.Value(_genesis) is { } path ? GenesisInput.Read(run.FullPath(path)) : null;

    public LedgerOptions ReadLedger(CommandRun run) => new() { RestakePercent = ReadRestake(run), Unjail = run.Value(_unjail), Checkpoint = ReadCheckpoint(run) };

    public VerifierPoolOptions ReadPool(CommandRun run)
    {
        var usual = new VerifierPoolOptions();
        return run.Required(_idle) is var seconds and <= 3600 && TimeSpan.FromSeconds(seconds) is var idle && idle >= usual.BlockInterval
            ? usual with { IdleInterval = idle }
            : throw CommandFailure.Usage("bad-idle-seconds", "--idle-seconds must be from 1 to 3600.");
    }

    private int ReadRestake(CommandRun run) => run.Value(_restake) is not { } text ? 0
        : int.TryParse(text.TrimEnd('%'), NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent <= 100 ? percent
        : throw CommandFailure.Usage("bad-restake", $"--restake wants a share from 0% to 100%, not '{text}'.");

    private Checkpoint? ReadCheckpoint(CommandRun run) => run.Value(_checkpoint) is not { } text ? null
        : Checkpoint.TryParse(text, out var checkpoint) ? checkpoint
        : throw CommandFailure.Usage("bad-checkpoint", $"--checkpoint wants HEIGHT:HASH, not '{text}'.");
}
