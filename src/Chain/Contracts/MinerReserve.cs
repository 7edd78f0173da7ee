using System.Collections.Immutable;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>The part of an account's stake that stands behind its claims. The coins themselves stay in the stake.</summary>
/// <param name="Miner">Whose.</param>
/// <param name="Reserved">S: it cannot be unstaked, and burns when the miner is found cheating.</param>
/// <param name="Required">What the open claims require together.</param>
/// <param name="OpenClaims">How many there are.</param>
public sealed record MinerReserve(Address Miner, Amount Reserved, Amount Required, uint OpenClaims) : ContractObject
{
    internal const string ObjectTag = "VideoMesh reserve v1";

    public override Hash256 Key => KeyOf(Miner);

    protected override string Tag => ObjectTag;

    /// <summary>
    /// The stake that must stand behind a claim, rounded up: with q the chance that a sampled fake is found and d₁ = 1 − (1 − q)^s, a cheater gains at most
    /// f·[(1 − d₁)·ΣV − d₁·S] for any faked fraction f, so Σ V·(1 − d₁)/d₁ may not be above S.
    /// </summary>
    /// <param name="value">V: what the claim earns.</param>
    /// <param name="samples">s: how many of its leaves are checked.</param>
    /// <param name="parameters">Of the chain.</param>
    public static UInt128 RequiredFor(Amount value, int samples, ContractParameters parameters)
    {
        var (missed, all) = (UInt128.One, UInt128.One);
        for (var i = 0; i < samples; i++)
        {
            missed *= parameters.FoundDenominator - parameters.FoundNumerator;
            all *= parameters.FoundDenominator;
        }

        return ((value.Nano * missed) + (all - missed) - 1) / (all - missed);
    }

    public static Hash256 KeyOf(Address miner) => KeyOf("reserve", miner);

    protected override void WriteFields(RlpWriter writer) => writer.Address(Miner).Number(Reserved.Nano).Number(Required.Nano).Number(OpenClaims);

    internal static MinerReserve ReadFields(ref RlpReader reader) => new(reader.ReadAddress(), new Amount(reader.ReadUInt64()), new Amount(reader.ReadUInt64()), reader.ReadUInt32());
}

/// <summary>The determinism classes a verifier can check.</summary>
/// <param name="Verifier">Whose.</param>
/// <param name="Classes">At most <see cref="MaxClasses"/>, rising.</param>
public sealed record VerifierService(Address Verifier, ImmutableArray<Hash256> Classes) : ContractObject
{
    /// <summary>The most classes one verifier serves.</summary>
    public const int MaxClasses = 8;

    internal const string ObjectTag = "VideoMesh service v1";

    public override Hash256 Key => KeyOf(Verifier);

    protected override string Tag => ObjectTag;

    public static Hash256 KeyOf(Address verifier) => KeyOf("service", verifier);

    /// <summary>Equal by content: by encoding.</summary>
    public bool Equals(VerifierService? other) => IsWrittenLike(other);

    public override int GetHashCode() => Verifier.GetHashCode();

    protected override void WriteFields(RlpWriter writer)
    {
        writer.Address(Verifier).StartList();
        foreach (var served in Classes)
        {
            writer.Hash(served);
        }

        writer.EndList();
    }

    internal static VerifierService ReadFields(ref RlpReader reader)
    {
        var verifier = reader.ReadAddress();
        var classes = ImmutableArray.CreateBuilder<Hash256>();
        for (var list = reader.ReadList(); !list.AtEnd;)
        {
            classes.Add(list.ReadHash());
        }

        return new VerifierService(verifier, classes.ToImmutable());
    }
}
