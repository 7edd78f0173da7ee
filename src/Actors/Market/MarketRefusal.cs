namespace VideoMesh.Actors.Market;

/// <summary>Why an offer or a bid of a peer is not looked at any further.</summary>
public enum MarketRefusal
{
    /// <summary>The peer was not asked for a bid.</summary>
    Unasked,

    /// <summary>The peer sent more than it may at a time.</summary>
    TooMany,

    /// <summary>Not in canonical form, or beyond a bound.</summary>
    Malformed,

    /// <summary>It belongs to another chain.</summary>
    Foreign,

    /// <summary>It speaks for another account than the peer's.</summary>
    NotTheirs,

    /// <summary>The bid answers an offer that does not stand any more.</summary>
    OtherOffer,

    /// <summary>Its number is not above the last one of the same account.</summary>
    Repeated,

    /// <summary>It no longer stands, or its clock and ours are absurdly apart.</summary>
    Expired,

    /// <summary>The account it speaks for did not sign it.</summary>
    Forged,
}

/// <summary>The catalogue's sentences.</summary>
public static class MarketRefusals
{
    public static string Sentence(this MarketRefusal refusal) => refusal switch
    {
        MarketRefusal.Unasked => "The peer bid without having been asked.",
        MarketRefusal.TooMany => "The peer sent more offers or bids than it may at a time.",
        MarketRefusal.Malformed => "The message is not in canonical form or exceeds a bound.",
        MarketRefusal.Foreign => "The message belongs to another chain.",
        MarketRefusal.NotTheirs => "The message speaks for another account than the peer's.",
        MarketRefusal.OtherOffer => "The bid answers an offer that no longer stands.",
        MarketRefusal.Repeated => "The number of the message is not above the last one of its account.",
        MarketRefusal.Expired => "The message no longer stands.",
        MarketRefusal.Forged => "The account that the message speaks for did not sign it.",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "Not a refusal."),
    };
}
