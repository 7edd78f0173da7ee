using VideoMesh.Actors.Market;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Commands;

namespace VideoMesh.Client.Node.Chain;

/// <summary>The compute market's contract by way of a node that keeps the ledger. It takes that node's word for what is there.</summary>
/// <param name="chain">Asks the node. Not disposed.</param>
/// <param name="chainId">The chain that it must be.</param>
public class HttpContractReader(ChainClient chain, string chainId) : IContractReader
{
    protected ChainClient Chain => chain;

    protected string ChainId => chainId;

    public Task<ContractRules> RulesAsync(CancellationToken cancellationToken) => AskAsync(async () =>
    {
        var answer = await chain.ContractsAsync(cancellationToken);
        return string.Equals(answer.ChainId, chainId, StringComparison.Ordinal)
            ? new ContractRules(answer.ChainId, answer.Height, answer.Barrier, answer.Rules)
            : throw new ContractException("wrong-chain", "The node keeps another chain than this network's.", isPassing: false);
    });

    public Task<ContractSight> FindAsync(IReadOnlyCollection<Hash256> keys, CancellationToken cancellationToken) => AskAsync(async () =>
    {
        var height = ulong.MaxValue;
        var found = new List<ContractObject?>();
        foreach (var page in keys.Chunk(ChainApi.MaxObjects))
        {
            var answer = await chain.ObjectsAsync(page, cancellationToken);
            height = Math.Min(height, answer.Height);
            found.AddRange(answer.Objects.Count == page.Length ? answer.Objects.Select(encoded => encoded is null ? null : ContractObject.TryDecode(encoded)) : throw Senseless());
        }

        return new ContractSight(height, [.. found]);
    });

    protected static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (CommandFailure e)
        {
            throw new ContractException(e.Reason, e.Message, isPassing: e.ExitCode == ExitCode.NoNetworkOrMiner, e);
        }
        catch (HttpRequestException e)
        {
            throw new ContractException("network-unreachable", "No node with a ledger answers.", isPassing: true, e);
        }
    }

    private static ContractException Senseless() => new("not-a-ledger", "The node does not answer as a node with a ledger does.", isPassing: false);
}
