using System.Buffers.Binary;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Simulation;

/// <summary>Signatures that anybody could forge but nobody here does: a thousand times cheaper than real ones, and all the machine sees of either is the seam.</summary>
internal sealed class CheapSignatures : ISignatureCheck
{
    public static CheapSignatures Instance { get; } = new();

    public static ISigner SignerOf(Address address) => new Signer(address);

    public bool IsSigned(Address by, Hash256 digest, Signature signature) => Make(by, digest) == signature;

    /// <summary>A well-formed signature that nobody made.</summary>
    public static Signature Forged(int salt)
    {
        Span<byte> wire = stackalloc byte[Signature.Size];
        BinaryPrimitives.WriteInt32BigEndian(wire[24..], salt | 1);
        wire[63] = 2;
        return Signature.Parse(wire);
    }

    private static Signature Make(Address by, Hash256 digest)
    {
        Span<byte> message = stackalloc byte[Address.Size + Hash256.Size];
        by.CopyTo(message);
        digest.CopyTo(message[Address.Size..]);
        Span<byte> wire = stackalloc byte[Signature.Size];
        Keccak.Hash(message, wire);
        // r stays below the order of the curve, s is any constant
        wire[0] = 0;
        wire[1] |= 1;
        wire[32..].Clear();
        wire[63] = 1;
        return Signature.Parse(wire);
    }

    private sealed class Signer(Address address) : ISigner
    {
        public Address Address => address;

        public Signature Sign(Hash256 digest) => Make(address, digest);
    }
}

/// <summary>The nodes' keys, and who can tell their signatures.</summary>
internal sealed record Keyring(Func<int, ISigner> SignerOf, ISignatureCheck Signatures)
{
    public static Keyring Cheap { get; } =
        new(index => CheapSignatures.SignerOf(new Address(Keccak.Hash(BitConverter.GetBytes(index)).ToArray().AsSpan(Hash256.Size - Address.Size))), CheapSignatures.Instance);

    /// <summary>Account keys, as everywhere but here.</summary>
    public static Keyring Real()
    {
        var keys = new Dictionary<int, PrivateKey>();
        return new Keyring(
            index =>
            {
                if (!keys.TryGetValue(index, out var key))
                {
                    keys.Add(index, key = PrivateKey.FromBytes(Keccak.Hash(BitConverter.GetBytes(index)).ToArray()));
                }

                return new KeySigner(key);
            },
            new OnceChecked());
    }

    /// <summary>Real signatures, each looked at once, whoever asks: all nodes share one processor.</summary>
    private sealed class OnceChecked : ISignatureCheck
    {
        private const int Most = 100_000;

        private readonly Dictionary<(Address, Hash256, Signature), bool> _known = [];

        public bool IsSigned(Address by, Hash256 digest, Signature signature)
        {
            if (!_known.TryGetValue((by, digest, signature), out var isSigned))
            {
                if (_known.Count == Most)
                {
                    _known.Clear();
                }

                _known.Add((by, digest, signature), isSigned = KeySignatures.Instance.IsSigned(by, digest, signature));
            }

            return isSigned;
        }
    }
}
