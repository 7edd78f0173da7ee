using System.Collections.Immutable;
using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;

namespace VideoMesh.Chain.Blocks;

/// <summary>An account there is before the first block.</summary>
/// <param name="Address">Whose.</param>
/// <param name="Balance">To spend.</param>
/// <param name="Stake">Bonded; counts as always held.</param>
/// <param name="Reveals">Head and length of its hash chain, if it is a verifier.</param>
public sealed record GenesisAccount(Address Address, Amount Balance, Amount Stake, (Hash256 Head, uint Length)? Reveals);

/// <summary>Where a chain begins. Nodes with another genesis are on another chain, whatever its name.</summary>
/// <param name="Parameters">What all agree on.</param>
/// <param name="TimeMilliseconds">When it begins, since 1970 UTC.</param>
/// <param name="Seed">The beacon before the first block.</param>
/// <param name="Accounts">Each address once, by rising address.</param>
public sealed record Genesis(ChainParameters Parameters, ulong TimeMilliseconds, Hash256 Seed, ImmutableArray<GenesisAccount> Accounts)
{
    private const string Domain = "VideoMesh genesis v1";

    /// <summary>What the first block names as its parent: over the state and the parameters, so over everything.</summary>
    public Hash256 Hash => HashOver(Tree());

    /// <summary>The state before the first block. With many accounts it takes seconds to make: ask once.</summary>
    /// <exception cref="InvalidOperationException">No account can vote: the chain would never have a block.</exception>
    public ChainState State()
    {
        var tree = Tree();
        return ChainState.Of(Parameters, tree, 0, HashOver(tree), TimeMilliseconds, Seed);
    }

    /// <summary>Who votes first, and what coins there are.</summary>
    /// <exception cref="InvalidOperationException">No account can vote: the chain would never have a block.</exception>
    /// <exception cref="OverflowException">There are more coins than can be counted.</exception>
    internal (VoterSet Voters, Amount Total) Begin()
    {
        var voters = new VoterSet(Accounts
            .Where(account => account.Reveals is not null && account.Stake > Amount.Zero && account.Stake >= Parameters.Barrier)
            .Select(account => new Voter(account.Address, account.Stake))
            .OrderByDescending(voter => voter.Clout).ThenBy(voter => voter.Address).Take(VoterSet.MaxVoters));
        return voters.Voters.IsEmpty
            ? throw new InvalidOperationException("A genesis needs at least one verifier with a stake of Ψ or more.")
            : (voters, Accounts.Aggregate(Amount.Zero, (sum, account) => sum + account.Balance + account.Stake));
    }

    private Hash256 HashOver(StateTree tree)
    {
        var p = Parameters;
        var writer = new RlpWriter().StartList()
            .Text(Domain).Text(p.ChainId).Number(TimeMilliseconds).Hash(tree.Root)
            .Number(p.ConfirmationWindow).Number(p.Barrier.Nano).Number(p.BlockReward.Nano).Number(p.PrecommitSharePercent)
            .Number((ulong)p.Unbonding.TotalMilliseconds).Number(p.MissedPrecommitsUntilJail).Number(p.InvalidProposalBurnPercent)
            .Number(p.ReporterSharePercent).Number(p.MinimumPrice.Nano).Number(p.MaxBodyBytes).Number((ulong)p.MaxTransactions)
            .Number((ulong)p.MaxTransactionBytes);
        p.Contracts.WriteTo(writer);
        return writer.EndList().Keccak();
    }

    private StateTree Tree()
    {
        var (voters, total) = Begin();
        var totals = new ChainTotals(total, Amount.Zero, Amount.Zero, [new HeightMark(0, TimeMilliseconds)]);
        return StateTree.Empty.With(
        [
            .. Accounts.Select(AccountOf).Select(account => new StateChange(Account.KeyOf(account.Address), account.Encode())),
            new StateChange(SystemObjects.TotalsKey, totals.Encode()),
            new StateChange(SystemObjects.SeedKey(0, Parameters.ConfirmationWindow), Seed.ToArray()),
            new StateChange(SystemObjects.VotersKey(1), SystemObjects.Encode(voters)),
            new StateChange(SystemObjects.VoterRunsKey, SystemObjects.Encode([1UL])),
        ]);
    }

    private static Account AccountOf(GenesisAccount account) => new()
    {
        Address = account.Address,
        Balance = account.Balance,
        Bond = account.Stake == Amount.Zero
            ? null
            : new Bond
            {
                Stake = account.Stake,
                Clout = CloutSteps.Of([new CloutSteps.Step(0, account.Stake)]),
                Reveals = account.Reveals is var (head, length) ? new RevealChain(head, length, UsableFrom: 0, Number: 0) : null,
            },
    };
}
