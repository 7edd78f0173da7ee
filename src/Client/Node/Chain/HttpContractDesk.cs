using VideoMesh.Actors.Market;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;
using VideoMesh.Client.Commands;

namespace VideoMesh.Client.Node.Chain;

/// <summary>The compute market's contract for an account of a node, or of a client, that keeps no ledger.</summary>
/// <param name="chain">Asks the node. Not disposed.</param>
/// <param name="key">The account's. Not disposed.</param>
/// <param name="chainId">The only chain to sign for.</param>
public sealed class HttpContractDesk(ChainClient chain, PrivateKey key, string chainId, TimeProvider time) : HttpContractReader(chain, chainId), IContractDesk, IDisposable
{
    private readonly TransactionSender _sender = new(chain, time, _ => { });

    // one call at a time gets its nonce and is handed in
    private readonly SemaphoreSlim _signing = new(1);

    public Address Account => key.Address;

    public Signature Sign(Hash256 digest) => key.Sign(digest);

    public Task<SignedCall> SignAsync(ContractOperation operation, Amount amount, CancellationToken cancellationToken) =>
        AskAsync(() => _sender.SignAsync(key, Call(operation, amount), ChainId, cancellationToken));

    public Task CompleteAsync(SignedCall call, CancellationToken cancellationToken) => AskAsync(() => _sender.DeliverAsync(call, key.Address, wait: true, cancellationToken));

    public Task SendAsync(ContractOperation operation, Amount amount, CancellationToken cancellationToken) => HandInAsync(Call(operation, amount), wait: false, cancellationToken);

    public async Task<Amount> ReserveAsync(CancellationToken cancellationToken)
    {
        var barrier = (await RulesAsync(cancellationToken)).Barrier;
        var stake = (await AskAsync(() => Chain.AccountAsync(Account, proof: false, cancellationToken))).Stake;
        var reserved = (await FindAsync([MinerReserve.KeyOf(Account)], cancellationToken)).Objects is [MinerReserve reserve] ? reserve.Reserved : Amount.Zero;
        if (stake < barrier || stake <= reserved)
        {
            return reserved;
        }

        await HandInAsync(new Wish(TransactionType.Stake, Account, Amount.Zero, new StakeOperation.Reserve(stake).Encode()), wait: true, cancellationToken);
        return stake;
    }

    public void Dispose() => _signing.Dispose();

    private static Wish Call(ContractOperation operation, Amount amount) => new(operation.Type, ContractAddress.Compute, amount, operation.Encode());

    private async Task HandInAsync(Wish wish, bool wait, CancellationToken cancellationToken)
    {
        await _signing.WaitAsync(cancellationToken);
        try
        {
            await AskAsync(() => _sender.SendAsync(key, wish, ChainId, wait, cancellationToken));
        }
        finally
        {
            _signing.Release();
        }
    }
}
