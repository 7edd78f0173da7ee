using System.CommandLine;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node.Chain;

namespace VideoMesh.Client.Commands;

/// <summary>The options of verbs that read one account: whose, and whether to believe the node.</summary>
internal sealed class AccountFlags
{
    private readonly Argument<string> _account = new("ACCOUNT") { Description = "Name of a wallet of yours, or an address." };
    private readonly Option<bool> _verify = new("--verify") { Description = "Check the proof: Merkle path, header, and its voters' signatures. Who votes is the node's word unless --genesis is given." };
    private readonly Option<string?> _genesis = new("--genesis") { Description = "Genesis file that you trust; implies --verify." };
    private readonly NetworkFlags _network = new();

    public void AddTo(Command command)
    {
        command.Arguments.Add(_account);
        command.Options.Add(_verify);
        command.Options.Add(_genesis);
        _network.AddTo(command);
    }

    /// <summary>The account as the node has it or, checked, as the proof shows it.</summary>
    /// <exception cref="CommandFailure">The node does not answer, or what it says does not hold.</exception>
    public async Task<(AccountAnswer Account, CheckView? Checked)> ReadAsync(CommandRun run)
    {
        var address = Accounts.Find(run, run.Required(_account));
        var genesis = run.Value(_genesis) is { } path ? GenesisInput.Read(run.FullPath(path)) : null;
        var verify = run.Value(_verify) || genesis is not null;
        using var chain = _network.Open(run);
        var answer = await chain.AccountAsync(address, verify, run.Cancellation);
        if (!verify)
        {
            return answer.Address == address ? (answer, null) : throw Unproven(ProofRefusal.ProofDoesNotHold);
        }

        if (AccountCheck.Check(address, answer.Proof, genesis, run.Time.GetUtcNow(), out var proven) is { } refusal)
        {
            throw Unproven(refusal);
        }

        var trusted = genesis is null ? "voters-named-by-node" : "genesis";
        var check = new CheckView(proven!.Height, proven.Block, proven.Voters, trusted);
        run.Note(genesis is null
            ? $"Proven for block {proven.Height}, trusting that the voters {proven.Voters} which the node names are the chain's; --genesis FILE trusts less."
            : $"Proven for block {proven.Height}, trusting the genesis {genesis.Hash}.");
        return (AccountAnswer.Of(proven.Account, answer.NextNonce, null), check);
    }

    private static CommandFailure Unproven(ProofRefusal refusal) =>
        new(ExitCode.RefusedByLedgerOrWallet, ChainJson.Spell(refusal.ToString()), refusal.Sentence());

    /// <summary>What a check showed.</summary>
    /// <param name="Height">After which block the account is so.</param>
    /// <param name="Trusted">On whose word the voters are who they are: <c>genesis</c> or <c>voters-named-by-node</c>.</param>
    internal sealed record CheckView(ulong Height, Hash256 Block, Hash256? Voters, string Trusted);
}

/// <summary>Accounts as people name them.</summary>
internal static class Accounts
{
    /// <summary>An address, or that of a wallet of this name.</summary>
    public static Address Find(CommandRun run, string text) => Address.TryParse(text, out var address) ? address : PasswordFlags.WalletsOf(run).Describe(text).Address;

    public static Amount ReadAmount(string text) => Amount.TryParse(text, out var amount) && amount > Amount.Zero
        ? amount
        : throw CommandFailure.Usage("bad-amount", $"An amount is a number of VID above zero such as 1.5VID, or of nano-VID without a unit, not '{text}'.");
}
