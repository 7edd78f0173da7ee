using System.Collections.Immutable;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using VideoMesh.Actors.ComputeMiner;
using VideoMesh.Actors.Market;
using VideoMesh.Actors.Mesh;
using VideoMesh.Client.Rendering;

namespace VideoMesh.Client.Node;

/// <summary>How a compute node does, for its operator: answers on loopback only, and not before the node has its actors.</summary>
public sealed class MinerStatus
{
    public const string StatusPath = "/api/node/status";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private volatile Sources? _sources;

    /// <summary>From now on it can answer.</summary>
    internal void Open(MeshNode node, IActorRef compute, IActorRef bidder, ImmutableArray<string> classes) => _sources = new Sources(node, compute, bidder, classes);

    internal void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet(StatusPath, async context =>
    {
        if (_sources is not { } sources || context.Connection.RemoteIpAddress is not { } peer || !IPAddress.IsLoopback(peer))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await context.Response.WriteAsJsonAsync(await sources.AskAsync(context.RequestAborted), JsonOutput.Options, context.RequestAborted);
    });

    private sealed record Sources(MeshNode Node, IActorRef Compute, IActorRef Bidder, ImmutableArray<string> Classes)
    {
        public async Task<MinerReport> AskAsync(CancellationToken cancellationToken)
        {
            var load = Compute.Ask<ComputeMinerProtocol.Status>(ComputeMinerProtocol.GetStatus.Instance, Patience, cancellationToken);
            var market = Bidder.Ask<BidderProtocol.Status>(BidderProtocol.GetStatus.Instance, Patience, cancellationToken);
            var directory = Node.Mesh.Ask<MeshProtocol.Directory>(MeshProtocol.GetDirectory.Instance, Patience, cancellationToken);
            var (work, bids, known) = (await load, await market, await directory);
            return new MinerReport(
                Node.Address.ToString(),
                Node.Chain,
                work.Slots,
                Math.Min(work.InFlight, work.Slots),
                work.Draining,
                bids.Price.Nano,
                bids.FollowsDemand,
                Classes,
                known.Entries.Count(e => e.Linked),
                bids.Offers,
                bids.Bids,
                bids.Refused.ToDictionary(r => r.Key.ToString(), r => r.Value, StringComparer.Ordinal),
                work.SegmentsDone,
                work.FramesDone);
        }
    }
}

/// <summary>What <c>miner status --json</c> prints.</summary>
/// <param name="PriceNano">For a million ω.</param>
/// <param name="Refused">Offers that were not looked at any further, by reason.</param>
public sealed record MinerReport(
    string Address,
    string Chain,
    int Slots,
    int Busy,
    bool Draining,
    ulong PriceNano,
    bool PriceFollowsDemand,
    IReadOnlyList<string> Classes,
    int Peers,
    long Offers,
    long Bids,
    IReadOnlyDictionary<string, long> Refused,
    long SegmentsDone,
    long FramesDone);
