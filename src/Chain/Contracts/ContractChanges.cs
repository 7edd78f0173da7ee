using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;

namespace VideoMesh.Chain.Contracts;

/// <summary>The objects of contracts in a block that is being executed, and the queue of what is due.</summary>
/// <param name="parent">The state below.</param>
internal sealed class ContractChanges(ChainState parent)
{
    private readonly Dictionary<Hash256, ContractObject?> _changed = [];

    public ImmutableSortedSet<(ulong Height, Hash256 Key)> Deadlines { get; private set; } = parent.Deadlines;

    public ContractObject? Find(Hash256 key) => _changed.TryGetValue(key, out var found) ? found : parent.FindObject(key);

    public JobEscrow? Job(Hash256 id) => Find(JobEscrow.KeyOf(id)) as JobEscrow;

    public Claim? Claim(Hash256 id) => Find(Contracts.Claim.KeyOf(id)) as Claim;

    public Challenge? Challenge(Hash256 id) => Find(Contracts.Challenge.KeyOf(id)) as Challenge;

    public MinerReserve? Reserve(Address miner) => Find(MinerReserve.KeyOf(miner)) as MinerReserve;

    /// <summary>Whether a verifier said that it serves a class.</summary>
    public bool Serves(Address verifier, Hash256 asked) => Find(VerifierService.KeyOf(verifier)) is VerifierService service && service.Classes.Contains(asked);

    /// <summary>Puts an object into its place, instead of what is there.</summary>
    public void Set(ContractObject changed) => Put(changed.Key, changed is MinerReserve { Reserved.Nano: 0, OpenClaims: 0 } ? null : changed);

    public void Remove(Hash256 key) => Put(key, null);

    public void WriteTo(ImmutableArray<StateChange>.Builder changes)
    {
        foreach (var (key, changed) in _changed)
        {
            changes.Add(new StateChange(key, changed?.Encode()));
        }
    }

    private void Put(Hash256 key, ContractObject? changed)
    {
        if (Find(key)?.Due is { } before)
        {
            Deadlines = Deadlines.Remove((before, key));
        }

        if (changed?.Due is { } due)
        {
            Deadlines = Deadlines.Add((due, key));
        }

        _changed[key] = changed;
    }
}
