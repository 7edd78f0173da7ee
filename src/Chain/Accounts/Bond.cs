using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Accounts;

/// <summary>Why a verifier does not count.</summary>
public enum Jail
{
    Free = 0,

    /// <summary>It missed too many precommits in a row; κ counts as nothing until it asks to take part again.</summary>
    Jailed = 1,

    /// <summary>It signed two things that exclude one another: for ever.</summary>
    Tombstoned = 2,
}

/// <summary>A withdrawal that waits. Evidence of what was done before <see cref="BegunHeight"/> still burns it.</summary>
/// <param name="Amount">What will be paid out.</param>
/// <param name="BegunHeight">Of the block that began it.</param>
/// <param name="MaturesAt">In blocks' own time, milliseconds since 1970 UTC.</param>
public readonly record struct Withdrawal(Amount Amount, ulong BegunHeight, ulong MaturesAt);

/// <summary>The hash chain of a registered verifier's reveals.</summary>
/// <param name="Head">The registered head, or the last reveal.</param>
/// <param name="Left">Reveals left.</param>
/// <param name="UsableFrom">The first height it may be used at: W blocks after it was named, so that nobody can choose it by what it does to a draw.</param>
/// <param name="Number">Goes into every link: 0 in a genesis, else one more than the nonce of the transaction that named it.</param>
public readonly record struct RevealChain(Hash256 Head, uint Left, ulong UsableFrom, ulong Number);

/// <summary>What only accounts with stake have.</summary>
public sealed record Bond
{
    /// <summary>The most withdrawals that wait at a time.</summary>
    public const int MaxWithdrawals = 16;

    public static Bond None { get; } = new();

    public Amount Stake { get; init; }

    public CloutSteps Clout { get; init; } = CloutSteps.None;

    public ImmutableArray<Withdrawal> Withdrawals { get; init; } = [];

    /// <summary>Null: not registered as a verifier.</summary>
    public RevealChain? Reveals { get; init; }

    /// <summary>Takes over when <see cref="Reveals"/> is used up.</summary>
    public RevealChain? NextReveals { get; init; }

    public Jail Jail { get; init; }

    /// <summary>Precommits missed in a row.</summary>
    public ulong Missed { get; init; }

    /// <summary>The last height at which it may not propose, after a skipped turn.</summary>
    public ulong SitsOutUntil { get; init; }

    /// <summary>The height of the latest bad proposal that it was punished for.</summary>
    public ulong PunishedUpTo { get; init; }

    /// <summary>Of a tombstoned one: the earliest height at which it is known to have contradicted itself. Withdrawals begun before it are out of reach.</summary>
    public ulong ContradictedAt { get; init; }

    /// <summary>κ at the end of block <paramref name="height"/>, whoever asks.</summary>
    public Amount CloutAt(ulong height, ulong window) => Jail == Jail.Free ? Clout.LeastSince(Oldest(height, window)) : Amount.Zero;

    /// <summary>Whether some stake, or a hash chain, is too new at the end of block <paramref name="height"/> to count.</summary>
    public bool IsRipening(ulong height, ulong window) =>
        (Stake > Amount.Zero && Clout.LeastSince(Oldest(height, window)) < Stake) || Reveals?.UsableFrom > height + 1 || NextReveals?.UsableFrom > height + 1;

    /// <summary>The hash chain the next reveal at a height comes from, or null when there is none yet or any more.</summary>
    public RevealChain? RevealsAt(ulong height) =>
        Reveals is { Left: > 0 } now && now.UsableFrom <= height ? now
        : Reveals is { Left: 0 } && NextReveals is { Left: > 0 } next && next.UsableFrom <= height ? next
        : null;

    /// <summary>After a reveal at a height.</summary>
    public Bond Revealed(ulong height, Hash256 reveal)
    {
        var used = RevealsAt(height) ?? throw new InvalidOperationException("There is no reveal left.");
        var after = used with { Head = reveal, Left = used.Left - 1 };
        return Reveals!.Value.Left > 0 ? this with { Reveals = after } : this with { Reveals = after, NextReveals = null };
    }

    /// <summary>With another stake from block <paramref name="height"/> on. Null: too many raises lie within the window.</summary>
    public Bond? WithStake(Amount stake, ulong height, ulong window) =>
        Clout.Change(Stake, stake, height, Oldest(height, window)) is { } clout ? this with { Stake = stake, Clout = clout } : null;

    /// <summary>Equal by content: arrays are compared item by item.</summary>
    public bool Equals(Bond? other) =>
        other is not null && Stake == other.Stake && Clout.Equals(other.Clout) && Withdrawals.AsSpan().SequenceEqual(other.Withdrawals.AsSpan())
        && (Reveals, NextReveals, Jail, Missed) == (other.Reveals, other.NextReveals, other.Jail, other.Missed)
        && (SitsOutUntil, PunishedUpTo, ContradictedAt) == (other.SitsOutUntil, other.PunishedUpTo, other.ContradictedAt);

    private static ulong Oldest(ulong height, ulong window) => height >= window ? height - window + 1 : 0;

    public override int GetHashCode() => HashCode.Combine(Stake, Jail, Missed, SitsOutUntil, Withdrawals.Length);
}
