using VideoMesh.Actors.Market;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;
using VideoMesh.Client.Commands;

namespace VideoMesh.Client.Node.Chain;

/// <summary>The compute market's contract by way of a node that keeps the ledger, for nodes that keep none. It takes that node's word for what is on the ledger.</summary>
/// <param name="chain">Asks the node. Not disposed.</param>
/// <param name="key">The account's. Not disposed.</param>
/// <param name="chainId">The only chain to sign for.</param>
public sealed class HttpContractDesk(ChainClient chain, PrivateKey key, string chainId, TimeProvider time) : IContractDesk, IDisposable
{
    private readonly TransactionSender _sender = new(chain, time, _ => { });

    // one call at a time gets its nonce and is handed in
    private readonly SemaphoreSlim _signing = new(1);

    public Address Account => key.Address;

    public Signature Sign(Hash256 digest) => key.Sign(digest);

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

    public Task<SignedCall> SignAsync(ContractOperation operation, Amount amount, CancellationToken cancellationToken) =>
        AskAsync(() => _sender.SignAsync(key, Call(operation, amount), chainId, cancellationToken));

    public Task CompleteAsync(SignedCall call, CancellationToken cancellationToken) => AskAsync(() => _sender.DeliverAsync(call, key.Address, wait: true, cancellationToken));

    public Task SendAsync(ContractOperation operation, Amount amount, CancellationToken cancellationToken) => HandInAsync(Call(operation, amount), wait: false, cancellationToken);

    public async Task<Amount> ReserveAsync(CancellationToken cancellationToken)
    {
        var barrier = (await RulesAsync(cancellationToken)).Barrier;
        var stake = (await AskAsync(() => chain.AccountAsync(Account, proof: false, cancellationToken))).Stake;
        var reserved = (await FindAsync([MinerReserve.KeyOf(Account)], cancellationToken)).Objects is [MinerReserve reserve] ? reserve.Reserved : Amount.Zero;
        if (stake < barrier || stake <= reserved)
        {
            return reserved;
        }

        await HandInAsync(new Wish(TransactionType.Stake, Account, Amount.Zero, new StakeOperation.Reserve(stake).Encode()), wait: true, cancellationToken);
        return stake;
    }

    public Task<CallFate> FateAsync(Hash256 call, ulong expiryHeight, CancellationToken cancellationToken) => AskAsync(async () =>
    {
        // height first: what a block up to it holds is found afterwards
        var height = (await chain.StatusAsync(cancellationToken)).Height;
        return await chain.FindTransactionAsync(call, cancellationToken) is not null ? CallFate.Final : height < expiryHeight ? CallFate.Waits : CallFate.Void;
    });

    public void Dispose() => _signing.Dispose();

    private static Wish Call(ContractOperation operation, Amount amount) => new(operation.Type, ContractAddress.Compute, amount, operation.Encode());

    private async Task HandInAsync(Wish wish, bool wait, CancellationToken cancellationToken)
    {
        await _signing.WaitAsync(cancellationToken);
        try
        {
            await AskAsync(() => _sender.SendAsync(key, wish, chainId, wait, cancellationToken));
        }
        finally
        {
            _signing.Release();
        }
    }

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
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
