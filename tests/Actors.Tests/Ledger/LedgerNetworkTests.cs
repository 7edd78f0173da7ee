using VideoMesh.Chain.Primitives;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Ledger;

public sealed class LedgerNetworkTests
{
    private static readonly Address Poor = new(Enumerable.Repeat((byte)7, Address.Size).ToArray());

    [Fact]
    public async Task Four_verifiers_and_a_follower_finalize_transfers_and_agree()
    {
        await using var network = await LedgerNetwork.StartAsync(verifiers: 4, followers: 1);

        var outcomes = await network.SubmitAsync(4, Enumerable.Range(0, 300).Select(nonce => ToyRules.Transfer(network.Rich, (ulong)nonce, Poor, 10)));

        Assert.All(outcomes, outcome => Assert.Null(outcome.Reason));
        await Eventually.TrueAsync(async () => (await Task.WhenAll(network.Up.Select(index => network.BalanceAsync(index, Poor)))).All(balance => balance.Nano == 3000));
        network.AssertSameBlocks();
    }
}
