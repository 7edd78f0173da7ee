using System.Collections.Immutable;
using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Blocks;

/// <summary>One block being executed on the state below it. Used once, by one thread.</summary>
/// <param name="parent">The state below.</param>
/// <param name="time">The block's time, milliseconds since 1970 UTC.</param>
internal sealed class BlockExecution(ChainState parent, ulong time)
{
    // Marks this fine show the age of a height well enough.
    private const int MarksPerUnbonding = 32;

    private readonly Dictionary<Address, Account> _changed = [];
    private readonly ulong _height = parent.Height + 1;
    private ImmutableSortedSet<Address> _verifiers = parent.Verifiers;
    private ImmutableSortedSet<(ulong MaturesAt, Address Address)> _maturing = parent.Maturing;
    private ChainTotals _totals = parent.Totals;
    private Amount _fees;

    public ChainParameters Parameters => parent.Parameters;

    public ulong Height => _height;

    public ulong Time => time;

    public ulong Window => Parameters.ConfirmationWindow;

    public ChainTotals Totals => _totals;

    /// <summary>The objects of contracts, as this block leaves them.</summary>
    public ContractChanges Contracts { get; } = new(parent);

    /// <summary>The beacon after the block below: what this block draws with.</summary>
    public Hash256 ParentSeed => parent.Seed;

    /// <summary>Who votes at this height.</summary>
    public VoterSet Voters => parent.VotersOf(_height);

    public Account Find(Address address) => _changed.TryGetValue(address, out var account) ? account : parent.Find(address);

    public void Set(Account account)
    {
        _changed[account.Address] = account;
        var isVerifier = account.Bond?.Reveals is not null;
        if (isVerifier != _verifiers.Contains(account.Address))
        {
            _verifiers = isVerifier ? _verifiers.Add(account.Address) : _verifiers.Remove(account.Address);
        }
    }

    /// <summary>A withdrawal will be paid out.</summary>
    public void Await(ulong maturesAt, Address address) => _maturing = _maturing.Add((maturesAt, address));

    /// <summary>Takes a fee that was paid.</summary>
    public void Collect(Amount fee) => _fees += fee;

    /// <summary>Coins that were taken from an account are no more.</summary>
    public void Burn(Amount amount) => _totals = _totals with { Burnt = _totals.Burnt + amount };

    /// <summary>What comes before the transactions: withdrawals and deadlines that are due, and who was missing when the parent became final.</summary>
    public void Begin(CommitCertificate? certificate)
    {
        PayMatured();
        ContractDeadlines.Run(this);
        if (certificate is not null)
        {
            CountPrecommits(certificate);
        }
    }

    /// <summary>What comes after them: the reward, skipped turns, the reveal; and the state all of it leads to, but for the block's own name.</summary>
    public (ChainState State, ImmutableArray<StateChange> Changes, ImmutableArray<Address> Touched) Finish(
        Address author, uint round, Hash256 reveal, Hash256 seed, CommitCertificate? certificate, ProposerOrder order)
    {
        SitOut(order, round);
        Reveal(author, reveal);
        Reward(author, certificate);
        Mark();

        var changes = ImmutableArray.CreateBuilder<StateChange>(_changed.Count + 5);
        foreach (var account in _changed.Values)
        {
            changes.Add(new StateChange(Account.KeyOf(account.Address), account.Encode()));
        }

        Contracts.WriteTo(changes);
        changes.Add(new StateChange(SystemObjects.TotalsKey, _totals.Encode()));
        changes.Add(new StateChange(SystemObjects.SeedKey(_height, Window), seed.ToArray()));
        var runs = WithNextVoters(changes);
        var state = parent with
        {
            Tree = parent.Tree.With(changes),
            Height = _height,
            TimeMilliseconds = time,
            Seed = seed,
            Totals = _totals,
            VoterRuns = runs,
            Verifiers = _verifiers,
            Maturing = _maturing,
            Deadlines = Contracts.Deadlines,
        };
        return (state, changes.ToImmutable(), [.. _changed.Keys]);
    }

    private void PayMatured()
    {
        while (!_maturing.IsEmpty && _maturing.Min is var (maturesAt, address) && maturesAt <= time)
        {
            _maturing = _maturing.Remove(_maturing.Min);
            var account = Find(address);
            var bond = account.Bond!;
            var due = bond.Withdrawals.Where(withdrawal => withdrawal.MaturesAt <= time).Aggregate(Amount.Zero, (sum, withdrawal) => sum + withdrawal.Amount);
            Set(account with { Balance = account.Balance + due, Bond = bond with { Withdrawals = bond.Withdrawals.RemoveAll(withdrawal => withdrawal.MaturesAt <= time) } });
        }
    }

    private void CountPrecommits(CommitCertificate certificate)
    {
        var voters = parent.VotersOf(parent.Height).Voters;
        var present = certificate.Precommits.Select(precommit => precommit.Place).ToHashSet();
        for (var place = 0; place < voters.Length; place++)
        {
            if (Find(voters[place].Address) is not { Bond: { Jail: Jail.Free } bond } account)
            {
                continue;
            }

            var missed = present.Contains(place) ? 0 : bond.Missed + 1;
            if (missed >= Parameters.MissedPrecommitsUntilJail)
            {
                Set(account with { Bond = bond with { Missed = 0, Jail = Jail.Jailed } });
            }
            else if (missed != bond.Missed)
            {
                Set(account with { Bond = bond with { Missed = missed } });
            }
        }
    }

    // White paper, section 6.2: who lets its turn pass loses it for a while, too.
    private void SitOut(ProposerOrder order, uint round)
    {
        var skipped = new HashSet<Address>();
        for (uint r = 0; r < Math.Min(round, 2 * VoterSet.MaxVoters); r++)
        {
            skipped.Add(order.Of(r));
        }

        foreach (var address in skipped)
        {
            if (Find(address) is { Bond: { } bond } account)
            {
                Set(account with { Bond = bond with { SitsOutUntil = _height + Window } });
            }
        }
    }

    private void Reveal(Address author, Hash256 reveal)
    {
        var account = Find(author);

        // who has left the pool in this very block, or was burnt in it, has no hash chain any more that could move on
        if (account.Bond is { } bond && bond.RevealsAt(_height) is not null)
        {
            Set(account with { Bond = bond.Revealed(_height, reveal) });
        }
    }

    // The author gets the fees and its part of the subsidy, the precommits that the block carries get theirs. What would be for absent ones is never made, so that an
    // author gains nothing by leaving precommits out.
    private void Reward(Address author, CommitCertificate? certificate)
    {
        var share = certificate is null ? Amount.Zero : Parameters.BlockReward.Share(Parameters.PrecommitSharePercent, 100);
        if (certificate is not null)
        {
            var voters = parent.VotersOf(parent.Height);
            foreach (var (place, _) in certificate.Precommits)
            {
                var (address, clout) = voters.Voters[place];
                Issue(address, new Amount((ulong)((UInt128)share.Nano * clout.Nano / voters.Total)));
            }
        }

        Issue(author, Parameters.BlockReward - share);
        Pay(author, _fees);
    }

    // Once there are as many coins as can be counted, there are no more.
    private void Issue(Address address, Amount amount)
    {
        if (_totals.Genesis.TryAdd(_totals.Issued, out var made) && made.TryAdd(amount, out _))
        {
            _totals = _totals with { Issued = _totals.Issued + amount };
            Pay(address, amount);
        }
    }

    /// <summary>Adds coins to a balance.</summary>
    public void Pay(Address address, Amount amount)
    {
        var account = Find(address);
        Set(account with { Balance = account.Balance + amount });
    }

    private void Mark()
    {
        var unbonding = (ulong)Parameters.Unbonding.TotalMilliseconds;
        var marks = _totals.Marks;
        if (marks.IsEmpty || time - marks[^1].TimeMilliseconds >= unbonding / MarksPerUnbonding)
        {
            marks = marks.Add(new HeightMark(_height, time));
            while (marks.Length > 1 && marks[1].TimeMilliseconds + unbonding < time)
            {
                marks = marks.RemoveAt(0);
            }

            _totals = _totals with { Marks = marks };
        }
    }

    private ImmutableSortedDictionary<ulong, VoterSet> WithNextVoters(ImmutableArray<StateChange>.Builder changes)
    {
        var runs = parent.VoterRuns;
        var next = NextVoters();

        // a chain whose voters all leave would never have another block: the last ones stay
        if (next.Voters.IsEmpty || next.Hash == runs.Last().Value.Hash)
        {
            return runs;
        }

        runs = runs.Add(_height + 1, next);
        changes.Add(new StateChange(SystemObjects.VotersKey(_height + 1), SystemObjects.Encode(next)));
        while (runs.Count > 1 && runs.ElementAt(1).Key + Window <= _height)
        {
            var oldest = runs.First().Key;
            runs = runs.Remove(oldest);
            changes.Add(new StateChange(SystemObjects.VotersKey(oldest), null));
        }

        changes.Add(new StateChange(SystemObjects.VoterRunsKey, SystemObjects.Encode(runs.Keys)));
        return runs;
    }

    private VoterSet NextVoters() => new(_verifiers
        .Select(address => (Address: address, Find(address).Bond))
        .Where(verifier => verifier.Bond is not null)
        .Select(verifier => new Voter(verifier.Address, verifier.Bond!.CloutAt(_height, Window)))
        .Where(voter => voter.Clout >= Parameters.Barrier && voter.Clout > Amount.Zero)
        .OrderByDescending(voter => voter.Clout).ThenBy(voter => voter.Address)
        .Take(VoterSet.MaxVoters));
}
