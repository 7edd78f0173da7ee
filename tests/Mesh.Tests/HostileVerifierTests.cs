using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Primitives;
using VideoMesh.TestKit;

namespace VideoMesh.Mesh.Tests;

/// <summary>Seven verifiers, two of them hostile: under a third of the stake.</summary>
public class HostileVerifierTests
{
    private const int Honest = 5;
    private static readonly Amount s_stake = Amount.FromVid(10_000);

    [Fact]
    public async Task Who_errs_about_the_state_is_passed_over_who_proposes_no_block_is_fined_who_votes_twice_is_burnt_and_the_chain_goes_on()
    {
        await using var mesh = await TestMesh.With(verifiers: Honest + 2);
        await using var observer = await LedgerObserver.StartAsync(mesh.Genesis, new Uri(mesh.Network), mesh.PathOf("observer"));
        using var faucet = mesh.OpenFaucet();
        await mesh.KillVerifierAsync(Honest);
        await mesh.KillVerifierAsync(Honest + 1);
        await using var liar = await HostileVerifier.StartAsync(mesh.Genesis, new Uri(mesh.Network), mesh.VerifierFolder(Honest), Misdeed.WrongStateRoot);
        await using var forger = await HostileVerifier.StartAsync(mesh.Genesis, new Uri(mesh.Network), mesh.VerifierFolder(Honest + 1), Misdeed.BadTransaction);

        // an error of a program must not burn honest people
        var passedOver = await BondAsync(liar.Address, bond => liar.LastBadBlock > 0 && bond.SitsOutUntil > liar.LastBadBlock);
        Assert.Equal((s_stake, Jail.Free), (passedOver.Stake, passedOver.Jail));

        liar.Turn(Misdeed.TwoVotes);
        var burnt = await BondAsync(liar.Address, bond => bond.Jail == Jail.Tombstoned);
        Assert.Equal(Amount.Zero, burnt.Stake);
        Assert.True(observer.DoubleSignatures > 0);

        var fined = await BondAsync(forger.Address, bond => bond.Stake != s_stake);
        Assert.Equal((s_stake.Share(99, 100), Jail.Free), (fined.Stake, fined.Jail));

        var height = await observer.HeightAsync() + 3;
        await UntilAsync(async () => await observer.HeightAsync() >= height);
        var state = (await observer.StatusAsync()).State;
        Assert.Equal(state.Totals.Supply.Nano, state.CountCoins());
        Assert.Equal(Honest, state.Verifiers.Count(verifier => state.Find(verifier).Stake == s_stake));
        for (var number = 0; number < Honest; number++)
        {
            ProgramRun? block = null;
            await Eventually.TrueAsync(async () => (block = await mesh.RunAsync("chain", "block", $"{height}", "--network", mesh.VerifierUrl(number), "--json")).ExitCode == 0);
            Assert.Equal(observer.BlockAt(height)!.Value.ToString(), block!.Text("hash"));
        }

        async Task<Bond> BondAsync(Address who, Func<Bond, bool> like)
        {
            Bond? found = null;
            await UntilAsync(async () => like(found = (await observer.AccountAsync(who)).Bond!));
            return found!;
        }

        // blocks come quickly only while something waits for one
        Task UntilAsync(Func<Task<bool>> condition) => Eventually.TrueAsync(
            async () =>
            {
                if ((await observer.StatusAsync()).Waiting == 0)
                {
                    await observer.SubmitAsync(faucet, [observer.Transfer(liar.Address, new Amount(1))]);
                }

                return await condition();
            },
            TimeSpan.FromSeconds(120));
    }
}
