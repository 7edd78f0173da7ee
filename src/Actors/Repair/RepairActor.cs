using System.Collections.Immutable;
using VideoMesh.Actors.StorageMiner;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Actors.Repair;

/// <summary>What repair works with.</summary>
/// <param name="Self">This node's account.</param>
/// <param name="Kept">What this node keeps: it looks after nothing else.</param>
/// <param name="Refresh">Brings the network's list of miners up to date.</param>
/// <param name="Note">Told of what was repaired.</param>
public sealed record RepairSetting(
    RepairOptions Options, Address Self, KeptContent Kept, IStorageNetwork Network, Func<CancellationToken, Task> Refresh, ContentClient Transfers, TimeProvider Time, Action<string> Note);

/// <summary>Looks after the objects that this node keeps blocks of, unasked. Of all miners of an object one does so, the first in an order that all agree on; when it is gone it is the next.
/// Shell of <see cref="RepairState"/>.</summary>
public sealed class RepairActor : ReceiveActor, IWithTimers
{
    private readonly RepairSetting _setting;
    private readonly CancellationTokenSource _ending = new();

    public RepairActor(RepairSetting setting)
    {
        _setting = setting;
        Receive<Look>(look => _ = Task.Run(() => LookAsync(look.State)).PipeTo(Self, success: state => new Looked(state), failure: _ => new Looked(look.State)));
        Receive<Looked>(looked => Timers!.StartSingleTimer(nameof(Look), new Look(looked.State), setting.Options.Interval));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Self.Tell(new Looked(new RepairState(_setting.Options)));

    protected override void PostStop()
    {
        _ending.Cancel();
        _ending.Dispose();
    }

    // Beside the actor, which stays free to be stopped; one at a time, so that the state has one owner.
    private async Task<RepairState> LookAsync(RepairState state)
    {
        await _setting.Refresh(_ending.Token);
        foreach (var (id, kept) in _setting.Kept.Objects)
        {
            try
            {
                state = await LookAtAsync(state, id, kept);
            }
            catch (Exception failure) when (failure is StorageException or ContentTransferException)
            {
                // The next look finds it as it is then.
            }
        }

        return state;
    }

    private async Task<RepairState> LookAtAsync(RepairState state, ContentHash id, KeptObject kept)
    {
        var holdings = ImmutableArray.CreateBuilder<ObjectHolding>();
        var own = Placement.Rank(id, _setting.Self);
        foreach (var miner in _setting.Network.Miners.OrderBy(miner => Placement.Rank(id, miner.Address)))
        {
            if (await ObjectSearch.AskAsync(_setting.Network, miner, id, _ending.Token) is not { } holding)
            {
                continue;
            }

            if (holding.Watches && Placement.Rank(id, miner.Address) < own)
            {
                return state.Forget(id);
            }

            holdings.Add(holding);
        }

        if (Enumerable.Range(0, kept.ManifestBlocks).All(block => holdings.Any(holding => holding.Has(block))))
        {
            return state.Forget(id);
        }

        var found = await ObjectSearch.FindAsync(_setting.Network, _setting.Transfers, id, _ending.Token);
        (state, var due) = state.Observe(id, found.Health, _setting.Time.GetUtcNow());
        if (!due.IsEmpty && await new ObjectRepair(_setting.Network, _setting.Transfers, PaceAsync).RunAsync(found, due, _ending.Token) is > 0 and var blocks)
        {
            _setting.Note($"made {blocks} blocks of {id} again");
        }

        return state;
    }

    private Task PaceAsync(long bytes, CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromSeconds((double)bytes / _setting.Options.BytesPerSecond), _setting.Time, cancellationToken);

    private sealed record Look(RepairState State);

    private sealed record Looked(RepairState State);
}
