using System.Collections.Immutable;
using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.State;

/// <summary>The state after a final block, or the genesis. Immutable; all of it but the last header follows from the leaves of <see cref="Tree"/>.</summary>
public sealed record ChainState
{
    public required ChainParameters Parameters { get; init; }

    public required StateTree Tree { get; init; }

    /// <summary>Of the last block; 0 at genesis.</summary>
    public required ulong Height { get; init; }

    /// <summary>Hash of the last block, or of the genesis.</summary>
    public required Hash256 Block { get; init; }

    /// <summary>Time of the last block, or of the genesis.</summary>
    public required ulong TimeMilliseconds { get; init; }

    /// <summary>The beacon after the last block.</summary>
    public required Hash256 Seed { get; init; }

    public required ChainTotals Totals { get; init; }

    /// <summary>The sets of voters of the last W heights and the next one, by the height each begins at.</summary>
    public required ImmutableSortedDictionary<ulong, VoterSet> VoterRuns { get; init; }

    /// <summary>Accounts registered as verifiers.</summary>
    public required ImmutableSortedSet<Address> Verifiers { get; init; }

    /// <summary>Withdrawals that wait, the next to be paid out first.</summary>
    public required ImmutableSortedSet<(ulong MaturesAt, Address Address)> Maturing { get; init; }

    /// <summary>Objects of contracts that something happens to by itself, by the height of the block that does it.</summary>
    public required ImmutableSortedSet<(ulong Height, Hash256 Key)> Deadlines { get; init; }

    public Hash256 Root => Tree.Root;

    /// <summary>Whether somebody waits for a height or a time to come, so that blocks must not wait for transactions: withdrawals, stakes that do not count yet, hash
    /// chains that cannot be used yet, jobs and claims.</summary>
    public bool HasDeadlines => !Maturing.IsEmpty || !Deadlines.IsEmpty || Verifiers.Any(address => Find(address).Bond is { } bond && bond.IsRipening(Height, Parameters.ConfirmationWindow));

    /// <summary>The account, new if nobody wrote to it.</summary>
    public Account Find(Address address) => Tree.Find(Account.KeyOf(address)) is { } bytes ? Account.Decode(bytes) : Account.New(address);

    /// <summary>An open job, or what is left of it: a <see cref="JobEscrow"/> or a <see cref="JobReceipt"/>; null when there was none.</summary>
    public ContractObject? FindJob(Hash256 id) => FindObject(JobEscrow.KeyOf(id));

    /// <summary>A claim, or what is left of it: a <see cref="Claim"/> or a <see cref="ClaimReceipt"/>; null when there was none.</summary>
    public ContractObject? FindClaim(Hash256 id) => FindObject(Claim.KeyOf(id));

    /// <summary>The check of a claim's leaf; null before it is drawn and after the claim's verdict.</summary>
    public Challenge? FindChallenge(Hash256 id) => FindObject(Challenge.KeyOf(id)) as Challenge;

    /// <summary>The dispute about a leaf of a claim; null when there is none now.</summary>
    public ClaimDispute? FindDispute(Hash256 claimId) => FindObject(ClaimDispute.KeyOf(claimId)) as ClaimDispute;

    /// <summary>The dispute about the delivery of a claim; null when there is none now.</summary>
    public DeliveryDispute? FindDelivery(Hash256 claimId) => FindObject(DeliveryDispute.KeyOf(claimId)) as DeliveryDispute;

    /// <summary>What stands behind a miner's claims; null when nothing does.</summary>
    public MinerReserve? FindReserve(Address miner) => FindObject(MinerReserve.KeyOf(miner)) as MinerReserve;

    /// <summary>The classes a verifier serves; empty when it serves none.</summary>
    public ImmutableArray<Hash256> ClassesOf(Address verifier) => FindObject(VerifierService.KeyOf(verifier)) is VerifierService service ? service.Classes : [];

    /// <summary>All objects of contracts, by rising key: a walk over the whole state, for views and tests.</summary>
    public IEnumerable<ContractObject> Objects() => Tree.Leaves().Select(leaf => ContractObject.TryDecode(leaf.Value)).OfType<ContractObject>();

    /// <summary>An object of a contract by its key; null when there is none.</summary>
    public ContractObject? FindObject(Hash256 key) => Tree.Find(key) is { } bytes ? ContractObject.TryDecode(bytes) : null;

    /// <summary>Who votes at a height: the next one, or one within the window.</summary>
    public VoterSet VotersOf(ulong height)
    {
        var found = VoterRuns.First().Value;
        foreach (var (from, voters) in VoterRuns)
        {
            if (from > height)
            {
                break;
            }

            found = voters;
        }

        return found;
    }

    /// <summary>Who proposes at the next height: drawn from what was W blocks before it, or at the genesis.</summary>
    public ProposerOrder NextOrder()
    {
        var next = Height + 1;
        var drawn = next > Parameters.ConfirmationWindow ? next - Parameters.ConfirmationWindow : 0;
        var seed = new Hash256(Tree.Find(SystemObjects.SeedKey(drawn, Parameters.ConfirmationWindow)));
        return new ProposerOrder(seed, next, VotersOf(Math.Max(1, drawn)), VotersOf(next), address => !MayPropose(Find(address), next));
    }

    /// <summary>With what the next height is decided.</summary>
    public HeightContext Next() => new(Height + 1, Block, VotersOf(Height + 1), NextOrder());

    /// <summary>All coins there are, counted one by one: equal to <see cref="ChainTotals.Supply"/> after every block, or a rule is wrong.</summary>
    public UInt128 CountCoins()
    {
        var sum = UInt128.Zero;
        foreach (var leaf in Tree.Leaves())
        {
            if (Account.IsAccount(leaf.Value))
            {
                var account = Account.Decode(leaf.Value);
                sum += account.Balance.Nano;
                if (account.Bond is { } bond)
                {
                    sum += bond.Stake.Nano;
                    sum = bond.Withdrawals.Aggregate(sum, (all, withdrawal) => all + withdrawal.Amount.Nano);
                }
            }
            else if (ContractObject.TryDecode(leaf.Value) is { } held)
            {
                sum += held.Held.Nano;
            }
        }

        return sum;
    }

    /// <summary>Goes on from stored leaves.</summary>
    /// <param name="parameters">Of the chain.</param>
    /// <param name="head">The last final block's header.</param>
    /// <param name="leaves">All leaves of the state after it, in any order.</param>
    /// <returns>Null when the leaves do not give the root that the header names.</returns>
    public static ChainState? Open(ChainParameters parameters, BlockHeader head, IEnumerable<StateChange> leaves)
    {
        var tree = StateTree.Empty.With(leaves);
        return tree.Root == head.StateRoot ? Of(parameters, tree, head.Height, head.Hash, head.TimeMilliseconds, head.Seed) : null;
    }

    internal static ChainState Of(ChainParameters parameters, StateTree tree, ulong height, Hash256 block, ulong time, Hash256 seed)
    {
        var verifiers = ImmutableSortedSet.CreateBuilder<Address>();
        var maturing = ImmutableSortedSet.CreateBuilder<(ulong, Address)>();
        var deadlines = ImmutableSortedSet.CreateBuilder<(ulong, Hash256)>();
        foreach (var leaf in tree.Leaves())
        {
            if (!Account.IsAccount(leaf.Value))
            {
                if (ContractObject.TryDecode(leaf.Value)?.Due is { } due)
                {
                    deadlines.Add((due, leaf.Key));
                }
            }
            else if (Account.Decode(leaf.Value) is { Bond: { } bond } account)
            {
                if (bond.Reveals is not null)
                {
                    verifiers.Add(account.Address);
                }

                foreach (var withdrawal in bond.Withdrawals)
                {
                    maturing.Add((withdrawal.MaturesAt, account.Address));
                }
            }
        }

        return new ChainState
        {
            Parameters = parameters,
            Tree = tree,
            Height = height,
            Block = block,
            TimeMilliseconds = time,
            Seed = seed,
            Totals = ChainTotals.Decode(tree.Find(SystemObjects.TotalsKey)),
            VoterRuns = SystemObjects.DecodeRuns(tree.Find(SystemObjects.VoterRunsKey))
                .ToImmutableSortedDictionary(from => from, from => SystemObjects.DecodeVoters(tree.Find(SystemObjects.VotersKey(from)))),
            Verifiers = verifiers.ToImmutable(),
            Maturing = maturing.ToImmutable(),
            Deadlines = deadlines.ToImmutable(),
        };
    }

    private static bool MayPropose(Account account, ulong height) =>
        account.Bond is { } bond && bond.SitsOutUntil < height && bond.RevealsAt(height) is not null;
}
