using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>Signs with the one key of a verifier. The same digest always gives the same signature.</summary>
public interface ISigner
{
    Address Address { get; }

    Signature Sign(Hash256 digest);
}

/// <summary>Tells who signed.</summary>
public interface ISignatureCheck
{
    bool IsSigned(Address by, Hash256 digest, Signature signature);
}

/// <summary>Signs with an account key; whoever owns the key disposes it.</summary>
public sealed class KeySigner(PrivateKey key) : ISigner
{
    public Address Address => key.Address;

    public Signature Sign(Hash256 digest) => key.Sign(digest);
}

/// <summary>Checks signatures of account keys.</summary>
public sealed class KeySignatures : ISignatureCheck
{
    private KeySignatures()
    {
    }

    public static KeySignatures Instance { get; } = new();

    public bool IsSigned(Address by, Hash256 digest, Signature signature) => signature.TryRecover(digest, out var signer) && signer == by;
}
