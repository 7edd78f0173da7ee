using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Actors.Tests.Proofs;

public sealed class ProofNetworkTests
{
    [Fact]
    public async Task Verifiers_accept_honest_work_and_burn_the_stake_of_a_miner_whose_encoder_cheats()
    {
        await using var network = await ProofNetwork.StartAsync();
        var honest = await network.SettledAsync(await network.ClaimAsync());
        Assert.Equal((ClaimVerdict.Accepted, ClaimReason.None, false), (honest.Verdict, honest.Reason, honest.Weak));
        Assert.Equal((2U, 0U, 0U), honest.Samples);
        Assert.True(honest.Paid > Amount.Zero && honest.Fees > Amount.Zero);

        var cheated = await network.SettledAsync(await network.ClaimAsync(network.Cheating(Cheat.CheaperPreset)));
        Assert.Equal((ClaimVerdict.Rejected, ClaimReason.OtherBytes), (cheated.Verdict, cheated.Reason));
        Assert.Equal(Amount.Zero, cheated.Paid);
        Assert.True(cheated.Forfeited > Amount.Zero);

        var tally = await network.TallyAsync();
        Assert.True(tally.Accepted >= 2 && tally.Rejected >= 4 && tally.CpuTime > TimeSpan.Zero, tally.ToString());
    }

    [Fact]
    public async Task Verifiers_that_die_between_commitment_and_reveal_reveal_what_they_committed_to()
    {
        await using var network = await ProofNetwork.StartAsync();
        var claim = await network.ClaimAsync();
        await network.Ledger.EventuallyAsync(async () => (await network.ChallengesAsync()) is { Count: 2 } drawn && drawn.All(challenge => challenge.Phase == ChallengePhase.Open));
        for (var index = 0; index < ProofNetwork.Verifiers; index++)
        {
            await network.RestartAsync(index);
        }

        var receipt = await network.SettledAsync(claim);
        Assert.Equal((ClaimVerdict.Accepted, (2U, 0U, 0U)), (receipt.Verdict, receipt.Samples));
        Assert.Equal(TimeSpan.Zero, (await network.TallyAsync()).CpuTime);
    }

    [Fact]
    public async Task A_miner_that_cannot_be_dialled_brings_its_sources_to_the_verifiers()
    {
        await using var network = await ProofNetwork.StartAsync();
        await network.HideMinerAsync();
        var receipt = await network.SettledAsync(await network.ClaimAsync());
        Assert.Equal((ClaimVerdict.Accepted, (2U, 0U, 0U)), (receipt.Verdict, receipt.Samples));
    }

    [Fact]
    public async Task Work_of_a_class_that_nobody_serves_is_judged_by_its_pictures_and_burns_nothing()
    {
        await using var network = await ProofNetwork.StartAsync();
        var hardware = DeterminismClass.Id("a hardware encoder");
        var good = await network.SettledAsync(await network.ClaimAsync(network.Cheating(Cheat.OtherMachine), hardware));
        Assert.Equal((ClaimVerdict.Accepted, true), (good.Verdict, good.Weak));
        var black = await network.SettledAsync(await network.ClaimAsync(network.Cheating(Cheat.BlackFrames), hardware));
        Assert.Equal((ClaimVerdict.Rejected, ClaimReason.FoundWeak, Amount.Zero, Amount.Zero), (black.Verdict, black.Reason, black.Paid, black.Forfeited));
    }
}
