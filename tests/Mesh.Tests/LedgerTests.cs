using VideoMesh.Chain.Primitives;
using VideoMesh.TestKit;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Mesh.Tests;

/// <summary>A chain kept by real processes: what it promises when they die.</summary>
public class LedgerTests
{
    private static readonly Address Poor = new(Enumerable.Repeat((byte)7, Address.Size).ToArray());
    private static readonly Amount Coin = new(1000);

    /// <summary>How often a verifier is killed under load; more with VIDEOMESH_TEST_KILLS.</summary>
    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("VIDEOMESH_TEST_KILLS"), out var kills) ? kills : 6;

    [Fact]
    public async Task Verifiers_killed_again_and_again_under_load_lose_nothing_and_sign_nothing_twice()
    {
        await using var mesh = await TestMesh.With(verifiers: 4);
        await using var observer = await LedgerObserver.StartAsync(mesh.Genesis, new Uri(mesh.Network), mesh.PathOf("observer"));
        using var faucet = mesh.OpenFaucet();
        var sent = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            sent += await SendAsync(observer, faucet, 100);
            await mesh.KillVerifierAsync(kill % 4);
            sent += await SendAsync(observer, faucet, 100);
            var height = await observer.HeightAsync();

            // three of four go on
            await Eventually.TrueAsync(async () => await observer.HeightAsync() > height);
            mesh.StartVerifier(kill % 4);
        }

        Assert.Equal(200 * Kills, sent);
        await HasAsync(observer, Coin.Nano * (ulong)sent);
        Assert.Equal(0, observer.DoubleSignatures);

        // each kill saw a block made, and a block takes seven signatures at least, of which the observer may miss some
        Assert.True(observer.SignaturesSeen > 6 * Kills);
    }

    [Fact]
    public async Task Two_of_four_dead_stop_the_chain_which_says_so_and_all_that_was_final_is_there_when_they_return()
    {
        await using var mesh = await TestMesh.With(verifiers: 4);
        await using var observer = await LedgerObserver.StartAsync(mesh.Genesis, new Uri(mesh.Network), mesh.PathOf("observer"));
        using var faucet = mesh.OpenFaucet();
        await SendAsync(observer, faucet, 10);
        await HasAsync(observer, 10 * Coin.Nano);

        await mesh.KillVerifierAsync(2);
        await mesh.KillVerifierAsync(3);
        await SendAsync(observer, faucet, 10);
        await Eventually.TrueAsync(() => mesh.VerifierLog(0).Contains("the chain has stopped at height", StringComparison.Ordinal));
        var (stopped, last) = (await observer.HeightAsync(), await observer.StatusAsync());
        await mesh.KillVerifierAsync(0);
        await mesh.KillVerifierAsync(1);
        for (var number = 0; number < 4; number++)
        {
            mesh.StartVerifier(number);
        }

        await HasAsync(observer, 20 * Coin.Nano);
        Assert.Equal(last.State.Block, observer.BlockAt(stopped) ?? last.State.Block);
        Assert.Equal(0, observer.DoubleSignatures);
    }

    [Fact]
    public async Task A_devnet_with_verifiers_transcodes_as_one_without()
    {
        await using var mesh = await TestMesh.With(compute: 1, verifiers: 4);

        var run = await mesh.Transcode(await A.Clip.MakeAsync(mesh.Folder), mesh.Profile()).Ended;

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(mesh.Addresses[0], run.Json!["miners"]!.AsArray().Single()!["address"]!.GetValue<string>());
    }

    private static Task<int> SendAsync(LedgerObserver observer, PrivateKey faucet, int count) =>
        observer.SubmitAsync(faucet, Enumerable.Range(0, count).Select(_ => observer.Transfer(Poor, Coin)));

    private static Task HasAsync(LedgerObserver observer, ulong nano) =>
        Eventually.TrueAsync(async () => (await observer.AccountAsync(Poor)).Balance.Nano == nano, TimeSpan.FromSeconds(90));
}
