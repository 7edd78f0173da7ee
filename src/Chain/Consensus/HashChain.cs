using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>
/// A verifier's future reveals, all fixed by one hash on the chain: link n + 1 is the Keccak-256 of link n, the last link is the head that gets registered, and the
/// links are revealed backwards from it. Keeps about √length links and hashes the others anew, so that a chain of 2¹⁶ needs 8 KiB.
/// </summary>
public sealed class HashChain
{
    /// <summary>The longest chain: half a minute of hashing.</summary>
    public const uint MaxLength = 1 << 24;

    private const string LinkDomain = "VideoMesh hash chain v1";
    private const string SecretDomain = "VideoMesh hash chain secret v1";

    private readonly uint _stride;
    private readonly ImmutableArray<Hash256> _kept;

    /// <param name="secret">The first link; whoever knows it knows all reveals.</param>
    /// <param name="length">How many reveals the chain has, from 1 to <see cref="MaxLength"/>.</param>
    public HashChain(Hash256 secret, uint length)
    {
        ArgumentOutOfRangeException.ThrowIfZero(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxLength);
        Length = length;
        _stride = (uint)Math.Ceiling(Math.Sqrt(length));
        var kept = ImmutableArray.CreateBuilder<Hash256>();
        var link = secret;
        for (uint i = 0; i < length; i++)
        {
            if (i % _stride == 0)
            {
                kept.Add(link);
            }

            link = Follow(link);
        }

        Head = link;
        _kept = kept.ToImmutable();
    }

    /// <summary>How many reveals the chain has.</summary>
    public uint Length { get; }

    /// <summary>What is registered before the first reveal.</summary>
    public Hash256 Head { get; }

    /// <summary>The chain an account has by its key alone, so that nothing but the key needs a backup. Signatures are deterministic (RFC 6979) and this one is never
    /// shown to anybody.</summary>
    /// <param name="number">0 for the account's first chain on this network, 1 for the one that follows it, …</param>
    public static HashChain Of(PrivateKey key, string chainId, uint number, uint length)
    {
        var digest = new RlpWriter().StartList().Text(SecretDomain).Text(chainId).Number(number).EndList().Keccak();
        return new HashChain(Keccak.Hash(key.Sign(digest).ToArray()), length);
    }

    /// <summary>Whether a reveal is the one before <paramref name="head"/>: the registered head, or the last reveal.</summary>
    public static bool IsNext(Hash256 head, Hash256 reveal) => Follow(reveal) == head;

    /// <summary>The reveal to use when <paramref name="used"/> of them are used up.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The chain is used up.</exception>
    public Hash256 Reveal(uint used)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(used, Length);
        var index = Length - 1 - used;
        var link = _kept[(int)(index / _stride)];
        for (var i = index % _stride; i > 0; i--)
        {
            link = Follow(link);
        }

        return link;
    }

    private static Hash256 Follow(Hash256 link) => new RlpWriter().StartList().Text(LinkDomain).Hash(link).EndList().Keccak();
}
