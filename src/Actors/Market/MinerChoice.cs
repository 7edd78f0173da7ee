using System.Collections.Immutable;
using System.Globalization;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Market;

/// <summary>Why a miner works for a job, or does not.</summary>
public enum ChoiceReason
{
    Chosen,

    /// <summary>It was asked and has not answered.</summary>
    NoAnswer,

    /// <summary>It said that it will not; the detail is its reason.</summary>
    Declined,

    /// <summary>Its bid stands no more.</summary>
    BidExpired,

    /// <summary>It does not serve the class that the job asks for.</summary>
    ClassNotServed,

    /// <summary>It wants more than the job's highest price.</summary>
    PriceTooHigh,

    /// <summary>It has bonded less than the ledger asks of a compute miner.</summary>
    StakeTooLow,

    /// <summary>Too much of what it did was false, or never came.</summary>
    PoorRecord,

    /// <summary>Better ones have free slots for all of the job.</summary>
    Outbid,

    /// <summary>It lacks a codec of the job.</summary>
    CodecNotServed,

    /// <summary>Neither it nor this client can be dialled by the other.</summary>
    Unreachable,
}

/// <summary>What a job asks of those who do it.</summary>
/// <param name="MaxPrice">The most it pays for a million ω; zero: it pays nothing.</param>
/// <param name="Class">The determinism class; empty: any.</param>
/// <param name="Segments">Of the whole job.</param>
/// <param name="RequiredStake">Ψ; zero without a ledger.</param>
public sealed record ChoiceTerms(Amount MaxPrice, string Class, int Segments, Amount RequiredStake);

/// <summary>The verdict on one miner.</summary>
/// <param name="Detail">Figures or the miner's own words; null: the reason says it all.</param>
/// <param name="Score">What the chosen are ranked by; zero for who is out for another reason than the others' scores.</param>
/// <param name="Bid">Null: it has made none.</param>
public sealed record MinerVerdict(Address Miner, ChoiceReason Reason, string? Detail, double Score, MinerBid? Bid)
{
    /// <summary>What a frame a second of it is worth beside one of a free, well-known miner: above 0, at most 1.</summary>
    public double Worth { get; init; }

    /// <summary>Frames a second of one slot that this client counts on.</summary>
    public double FramesPerSecond { get; init; }
}

/// <summary>Who of the bidders does a job. Pure, and the whole of the rule: docs/market.md says it in words.</summary>
public static class MinerChoice
{
    /// <summary>A verdict on everyone who was asked, the best first.</summary>
    public static ImmutableArray<MinerVerdict> Choose(IEnumerable<BidEntry> entries, ChoiceTerms terms, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(terms);
        var verdicts = entries.Select(entry => Judge(entry, terms, now)).OrderByDescending(v => v.Score).ThenBy(v => v.Miner).ToList();
        var slots = 0L;
        for (var i = 0; i < verdicts.Count && terms.MaxPrice > Amount.Zero; i++)
        {
            if (verdicts[i] is not { Reason: ChoiceReason.Chosen, Bid: { } bid } chosen)
            {
                continue;
            }

            if (slots >= terms.Segments)
            {
                verdicts[i] = chosen with { Reason = ChoiceReason.Outbid, Detail = $"better ones have {slots} free slots for {terms.Segments} segments" };
            }

            slots += bid.FreeSlots;
        }

        return [.. verdicts];
    }

    // From what the miner said itself, over what anybody can see, to what is a matter of judgement.
    private static MinerVerdict Judge(BidEntry entry, ChoiceTerms terms, TimeSpan now)
    {
        if (entry.Declined is { } reason)
        {
            return Out(ChoiceReason.Declined, reason);
        }

        if (entry.Bid is not { } bid)
        {
            return Out(ChoiceReason.NoAnswer, null);
        }

        if (entry.StandsUntil <= now)
        {
            return Out(ChoiceReason.BidExpired, null);
        }

        if (terms.Class.Length > 0 && !bid.Classes.Contains(terms.Class, StringComparer.Ordinal))
        {
            return Out(ChoiceReason.ClassNotServed, null);
        }

        if (bid.Price > terms.MaxPrice)
        {
            return Out(ChoiceReason.PriceTooHigh, $"asks {bid.Price.Nano} nano, the job pays at most {terms.MaxPrice.Nano}");
        }

        if (entry.Standing.Chain is { } chain && chain.Stake < terms.RequiredStake)
        {
            return Out(ChoiceReason.StakeTooLow, $"has {chain.Stake} of {terms.RequiredStake}");
        }

        var trust = Reputation.Trust(entry.Standing);
        if (trust < Reputation.LeastTrust)
        {
            return Out(ChoiceReason.PoorRecord, Invariant($"trust {trust:0.00}"));
        }

        var speed = bid.MilliFramesPerSecond / 1000.0 * Reputation.KeptSpeed(entry.Standing.Own);
        // At the highest price a frame is worth half: who pays nothing for it has no price to weigh.
        var cheapness = terms.MaxPrice > Amount.Zero ? 1 - (0.5 * bid.Price.Nano / terms.MaxPrice.Nano) : 1;
        var backing = Backing(entry.Standing.Chain, terms.RequiredStake);
        var worth = trust * cheapness * backing;
        return new MinerVerdict(
            entry.Miner,
            ChoiceReason.Chosen,
            Invariant($"{speed:0.#} fps × trust {trust:0.00} × price {cheapness:0.00} × stake {backing:0.00}"),
            speed * worth,
            bid) { Worth = worth, FramesPerSecond = speed };

        MinerVerdict Out(ChoiceReason why, string? detail) => new(entry.Miner, why, detail, 0, entry.Bid);
    }

    // From two thirds at the least stake towards 1: what can be lost speaks for a miner, but cannot be outbid without end.
    private static double Backing(ChainRecord? chain, Amount required) =>
        chain is null || required == Amount.Zero ? 1 : 1 - (required.Nano / (required.Nano + (2.0 * chain.Stake.Nano)));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
