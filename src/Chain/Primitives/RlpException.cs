namespace VideoMesh.Chain.Primitives;

/// <summary>An RLP input was refused, for one named reason.</summary>
public sealed class RlpException(RlpRefusal reason) : Exception(SentenceOf(reason))
{
    public RlpRefusal Reason { get; } = reason;

    private static string SentenceOf(RlpRefusal reason) => reason switch
    {
        RlpRefusal.Truncated => "The RLP input ends within an item.",
        RlpRefusal.NonCanonicalByte => "A single RLP byte below 0x80 is written as itself, without a length.",
        RlpRefusal.NonCanonicalLength => "An RLP length is written in the fewest possible bytes.",
        RlpRefusal.LeadingZero => "An RLP integer has no leading zero bytes.",
        RlpRefusal.IntegerTooLarge => "The RLP integer does not fit into its field.",
        RlpRefusal.ListExpected => "The RLP input has a byte string where a list belongs.",
        RlpRefusal.BytesExpected => "The RLP input has a list where a byte string belongs.",
        RlpRefusal.WrongLength => "The RLP byte string does not have the length its field requires.",
        RlpRefusal.TooLong => "The RLP input or byte string is longer than its limit.",
        RlpRefusal.TooDeep => "The RLP lists are nested too deeply.",
        RlpRefusal.TrailingBytes => "The RLP input or list goes on after its last item.",
        RlpRefusal.InvalidText => "The RLP byte string is not valid UTF-8.",
        RlpRefusal.InvalidSignature => "The RLP byte string is not a canonical signature.",
        RlpRefusal.UnknownValue => "The RLP item is none of the values its field may have.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}

/// <summary>Why an RLP input is refused.</summary>
public enum RlpRefusal
{
    Truncated,
    NonCanonicalByte,
    NonCanonicalLength,
    LeadingZero,
    IntegerTooLarge,
    ListExpected,
    BytesExpected,
    WrongLength,
    TooLong,
    TooDeep,
    TrailingBytes,
    InvalidText,
    InvalidSignature,
    UnknownValue,
}
