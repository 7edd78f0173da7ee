using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Accounts;

/// <summary>κ is the least stake over the window, however the stake went up and down.</summary>
public sealed class CloutStepsTests
{
    [Fact]
    public void A_raise_counts_when_the_window_has_passed_and_a_lowering_at_once()
    {
        var bond = Bond.None.WithStake(new Amount(100), height: 10, window: 8)!;

        Assert.Equal(Amount.Zero, bond.CloutAt(16, 8));
        Assert.Equal(new Amount(100), bond.CloutAt(17, 8));
        bond = bond.WithStake(new Amount(300), 18, 8)!.WithStake(new Amount(40), 20, 8)!;
        Assert.Equal(new Amount(40), bond.CloutAt(20, 8));
        Assert.Single(bond.Clout.Steps);
    }

    [Fact]
    public void Is_the_least_stake_of_the_window_for_any_history() => Prop.ForAll(
        Gen.ArrayOf(Gen.Choose(0, 5).SelectMany(_ => Gen.Choose(1, 4), (stake, blocks) => ((ulong)stake, (ulong)blocks))).ToArbitrary(),
        changes =>
        {
            const ulong Window = 12;
            var height = 1UL;
            var bond = Bond.None;
            // the stake after each change, with the block it happened in
            List<(ulong Height, Amount Stake)> history = [(0, Amount.Zero)];
            foreach (var (stake, blocks) in changes)
            {
                height += blocks - 1;
                if (bond.WithStake(new Amount(stake), height, Window) is { } changed)
                {
                    bond = changed;
                    history.Add((height, new Amount(stake)));
                }

                for (var asked = height; asked < height + 3; asked++)
                {
                    if (bond.CloutAt(asked, Window) != Least(history, asked, Window))
                    {
                        return false;
                    }
                }
            }

            return bond.Stake == history[^1].Stake && bond.Clout.Steps.Length <= CloutSteps.MaxSteps
                && bond.Clout.Steps.Zip(bond.Clout.Steps.Skip(1)).All(pair => pair.First.From < pair.Second.From && pair.First.Stake < pair.Second.Stake);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_seventeenth_raise_within_a_window_is_one_too_many_and_the_next_window_has_room_again()
    {
        const ulong Window = 100;
        var bond = Bond.None;
        for (ulong raise = 1; raise <= CloutSteps.MaxSteps; raise++)
        {
            bond = bond.WithStake(new Amount(raise), raise, Window)!;
        }

        Assert.Null(bond.WithStake(new Amount(100), 50, Window));
        Assert.NotNull(bond.WithStake(new Amount(100), CloutSteps.MaxSteps, Window));
        Assert.NotNull(bond.WithStake(new Amount(100), Window + 1, Window));
        Assert.NotNull(bond.WithStake(new Amount(1), 50, Window));
    }

    [Fact]
    public void A_change_to_the_same_stake_is_none()
    {
        var bond = Bond.None;
        for (ulong raise = 1; raise <= CloutSteps.MaxSteps; raise++)
        {
            bond = bond.WithStake(new Amount(raise), raise, 100)!;
        }

        Assert.Equal(bond, bond.WithStake(bond.Stake, 60, 100));
    }

    // By counting: the stake when the window begins, and all it became since.
    private static Amount Least(List<(ulong Height, Amount Stake)> history, ulong height, ulong window)
    {
        var start = height >= window ? height - window + 1 : 0;
        var least = history.Last(change => change.Height <= start).Stake;
        return history.Where(change => change.Height > start).Select(change => change.Stake).Append(least).Min();
    }
}
