using System.Collections.Immutable;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using VideoMesh.Actors.ComputeMiner;
using VideoMesh.Actors.Earnings;
using VideoMesh.Actors.Market;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Contracts;
using VideoMesh.Client.Node.Chain;
using VideoMesh.Client.Rendering;

namespace VideoMesh.Client.Node;

/// <summary>How a compute node does, for its operator: answers on loopback only, and not before the node has its actors.</summary>
public sealed class MinerStatus
{
    public const string StatusPath = "/api/node/status";

    public const string EarningsPath = "/api/node/earnings";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private volatile Sources? _sources;

    /// <summary>From now on it can answer.</summary>
    internal void Open(MeshNode node, IActorRef compute, IActorRef bidder, IActorRef earnings, ImmutableArray<string> classes) =>
        _sources = new Sources(node, compute, bidder, earnings, classes);

    internal void Map(IEndpointRouteBuilder endpoints)
    {
        Map(endpoints, StatusPath, (sources, cancellation) => sources.AskAsync(cancellation));
        Map(endpoints, EarningsPath, (sources, cancellation) => sources.AskEarningsAsync(cancellation));
    }

    private void Map<T>(IEndpointRouteBuilder endpoints, string path, Func<Sources, CancellationToken, Task<T>> answer) => endpoints.MapGet(path, async context =>
    {
        if (_sources is not { } sources || context.Connection.RemoteIpAddress is not { } peer || !IPAddress.IsLoopback(peer))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await context.Response.WriteAsJsonAsync(await answer(sources, context.RequestAborted), JsonOutput.Options, context.RequestAborted);
    });

    private sealed record Sources(MeshNode Node, IActorRef Compute, IActorRef Bidder, IActorRef Earnings, ImmutableArray<string> Classes)
    {
        public async Task<EarningsReport> AskEarningsAsync(CancellationToken cancellationToken)
        {
            if (Earnings.IsNobody())
            {
                return new EarningsReport(Node.Address.ToString(), 0, 0, [], []);
            }

            var earnings = await Earnings.Ask<EarningsProtocol.Earnings>(EarningsProtocol.GetEarnings.Instance, Patience, cancellationToken);
            return new EarningsReport(
                Node.Address.ToString(),
                earnings.Settled.Aggregate(0UL, (sum, claim) => sum + claim.Paid.Nano),
                earnings.Settled.Aggregate(0UL, (sum, claim) => sum + claim.Forfeited.Nano),
                [.. earnings.Open.Select(job => new OwedReport(job.Id.ToString(), job.Client.ToString(), job.Held.Count, job.Word is not null))],
                [.. earnings.Settled.Select(claim => new EarnedReport(
                    claim.JobId.ToString(), claim.Height, ChainJson.Spell(claim.Verdict.ToString()), claim.Reason == ClaimReason.None ? null : ChainJson.Spell(claim.Reason.ToString()), claim.Segments, claim.Paid.Nano, claim.Forfeited.Nano))]);
        }

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

/// <summary>What <c>miner earnings --json</c> prints.</summary>
/// <param name="PaidNano">By all claims that are settled, before the share that burns.</param>
/// <param name="ForfeitedNano">Stake that was lost by them.</param>
public sealed record EarningsReport(string Address, ulong PaidNano, ulong ForfeitedNano, IReadOnlyList<OwedReport> Open, IReadOnlyList<EarnedReport> Settled);

/// <summary>A job with work that is not settled yet.</summary>
/// <param name="Acknowledged">Its client has said that it has everything.</param>
public sealed record OwedReport(string Escrow, string Client, int Segments, bool Acknowledged);

/// <summary>A claim that is settled.</summary>
public sealed record EarnedReport(string Escrow, ulong Height, string Verdict, string? Reason, uint Segments, ulong PaidNano, ulong ForfeitedNano);
