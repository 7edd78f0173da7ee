using System.Net;
using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.Market;
using VideoMesh.Actors.Proofs;
using VideoMesh.Actors.Repair;
using VideoMesh.Actors.StorageMiner;
using VideoMesh.Actors.VerifierPool;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Client.Node;

/// <summary>A node from its options: validated where they are read from the command line.</summary>
public sealed record NodeHostOptions
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Roles { get; init; }

    public required IReadOnlyList<Uri> Seeds { get; init; }

    public required IPEndPoint Listen { get; init; }

    public Uri? PublicUrl { get; init; }

    /// <summary>Absolute folder of the node's content store.</summary>
    public required string Data { get; init; }

    public required long StoreBytes { get; init; }

    public required int Slots { get; init; }

    /// <summary>What a compute node asks for a million ω; where <see cref="AutoPrice"/> is given, only where it starts. Null: nothing where there is no ledger, else
    /// <see cref="DefaultPrice"/>.</summary>
    public Amount? Price { get; init; }

    /// <summary>At this price a minute of 720p in x264 medium costs about a sixth of a VID.</summary>
    public static Amount DefaultPrice { get; } = new(100_000);

    /// <summary>Null: the price stays as it is.</summary>
    public AutoPriceOptions? AutoPrice { get; init; }

    /// <summary>How long running segments may take to finish once the node is told to stop.</summary>
    public required TimeSpan DrainLimit { get; init; }

    public required string ChainId { get; init; }

    /// <summary>Where the chain begins; null: no ledger is kept.</summary>
    public Genesis? Genesis { get; init; }

    public LedgerOptions Ledger { get; init; } = new();

    /// <summary>What the node stores for others; null without that role.</summary>
    public StorageMinerOptions? Storage { get; init; }

    /// <summary>How it looks after what it stores; null: it leaves that to others.</summary>
    public RepairOptions? Repair { get; init; }

    public VerifierPoolOptions Pool { get; init; } = new();

    public ProofOptions Proofs { get; init; } = new();

    public required SandboxOptions Sandbox { get; init; }

    /// <summary>Benchmarks are kept here: they belong to the machine, not to the node.</summary>
    public required string CacheFolder { get; init; }
}
