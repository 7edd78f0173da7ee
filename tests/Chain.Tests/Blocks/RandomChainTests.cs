using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Tests.Transactions;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Tests.Blocks;

/// <summary>Whatever people do, in whatever order: <see cref="TestChain.Next(VerifiedTransaction[])"/> counts every coin after every block.</summary>
public sealed class RandomChainTests
{
    [Fact]
    public void No_coin_comes_from_nowhere_or_gets_lost_and_a_restart_changes_nothing() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var chain = new TestChain(verifiers: 5, with: parameters => parameters with { Unbonding = TimeSpan.FromSeconds(5), MissedPrecommitsUntilJail = 3 });
        for (var block = 0; block < 25; block++)
        {
            chain.Silent.Clear();
            var voters = chain.State.VotersOf(chain.State.Height + 1);
            var silent = chain.Verifiers[random.Next(5)].Address;
            if (random.Next(3) == 0 && voters.IsQuorum(voters.Total - voters.PowerOf(silent)))
            {
                chain.Silent.Add(silent);
            }

            chain.Next((uint)(random.Next(5) == 0 ? 1 : 0), [.. Enumerable.Range(0, random.Next(6)).Select(_ => Anything(chain, random))]);
        }

        var restarted = ChainState.Open(chain.Parameters, chain.Head!, chain.State.Tree.Leaves())!;
        return restarted.Root == chain.State.Root && restarted.Next().Voters.Hash == chain.State.Next().Voters.Hash
            && Enumerable.Range(0, 8).All(round => restarted.NextOrder().Of((uint)round) == chain.State.NextOrder().Of((uint)round))
            && restarted.VotersOf(chain.State.Height).Hash == chain.State.VotersOf(chain.State.Height).Hash;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(25));

    // Some of it cannot be applied, and is left out.
    private static VerifiedTransaction Anything(TestChain chain, Random random)
    {
        var verifier = chain.Verifiers[random.Next(5)];
        var amount = Amount.FromVid((ulong)random.Next(1, 300));
        return random.Next(10) switch
        {
            0 => chain.Stake(verifier, new StakeOperation.Lower(), amount),
            1 => chain.Stake(verifier, new StakeOperation.Raise(), amount),
            2 => chain.Stake(chain.Rich, new StakeOperation.Raise(), amount),
            3 => chain.Stake(verifier, new StakeOperation.Unregister()),
            4 => chain.Stake(verifier, new StakeOperation.Unjail()),
            // one of five, so that enough are left to go on
            5 => chain.Accuse(chain.Rich, EvidenceTests.TwoVotes(chain.Verifiers[4], (ulong)random.Next(1, (int)chain.State.Height + 2))),
            6 => chain.Accuse(verifier, EvidenceTests.All(chain).ElementAt(2)),
            _ => chain.Transfer(random.Next(2) == 0 ? chain.Rich : verifier, TestChain.Key(random.Next(1, 20)).Address, amount),
        };
    }
}
