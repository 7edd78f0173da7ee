using System.Collections.Immutable;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Client.Node;

/// <summary>What the ledger has made of a job so far.</summary>
/// <param name="Escrow">The job's id on the ledger.</param>
/// <param name="IsSettled">Nothing more can become of it.</param>
/// <param name="Locked">What its client locked.</param>
/// <param name="Paid">To miners, before the share that burns.</param>
/// <param name="Fees">For checks, before the share that burns.</param>
/// <param name="Refunded">What came back to the client.</param>
/// <param name="Claims">Those that have a verdict.</param>
/// <param name="OpenClaims">How many have none yet.</param>
public sealed record JobSettlement(
    Hash256 Escrow, bool IsSettled, Amount Locked, Amount Paid, Amount Fees, Amount Refunded, ImmutableArray<ClaimReceipt> Claims, int OpenClaims)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    /// <summary>Reads it from the ledger.</summary>
    /// <exception cref="ContractException">The ledger has no such job, or cannot be asked.</exception>
    public static async Task<JobSettlement> ReadAsync(IContractReader ledger, Hash256 escrow, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        var job = (await ledger.FindAsync([JobEscrow.KeyOf(escrow)], cancellationToken)).Objects[0];
        var count = job switch
        {
            JobEscrow open => open.Claims,
            JobReceipt done => done.Claims,
            _ => throw new ContractException("no-such-job", "The ledger has no such job.", isPassing: false),
        };
        ImmutableArray<ContractObject?> claims = count == 0 ? [] : (await ledger.FindAsync([.. Enumerable.Range(0, (int)count).Select(n => Claim.KeyOf(Claim.IdOf(escrow, (uint)n)))], cancellationToken)).Objects;
        ImmutableArray<ClaimReceipt> settled = [.. claims.OfType<ClaimReceipt>()];
        return job is JobReceipt receipt
            ? new JobSettlement(escrow, IsSettled: true, receipt.Budget, receipt.Paid, receipt.Fees, receipt.Refunded, settled, 0)
            : new JobSettlement(escrow, IsSettled: false, ((JobEscrow)job).Budget, ((JobEscrow)job).Paid, ((JobEscrow)job).Fees, Amount.Zero, settled, claims.OfType<Claim>().Count());
    }

    /// <summary>Waits until the ledger is done with the job.</summary>
    /// <exception cref="ContractException">The ledger has no such job.</exception>
    public static async Task<JobSettlement> WaitAsync(IContractReader ledger, Hash256 escrow, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (await ReadAsync(ledger, escrow, cancellationToken) is { IsSettled: true } settled)
                {
                    return settled;
                }
            }
            catch (ContractException e) when (e.IsPassing)
            {
                // the node may be back in a moment
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }
}
