using System.Collections.Immutable;
using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>
/// A verifier's future reveals, all fixed by one hash on the chain: link n + 1 is the Keccak-256 of link n, of whose it is and of its number, the last link is the head that
/// gets registered, and the links are revealed backwards from it. The number goes with the transaction that names the chain, so that links once revealed reveal nothing when
/// they are named again. Keeps about √length links and hashes the others anew, so that a chain of 2¹⁶ needs 8 KiB.
/// </summary>
public sealed class HashChain
{
    /// <summary>The longest chain: half a minute of hashing.</summary>
    public const uint MaxLength = 1 << 24;

    private const string LinkDomain = "VideoMesh hash chain v2";
    private const string SecretDomain = "VideoMesh hash chain secret v1";

    private readonly Address _account;
    private readonly uint _stride;
    private readonly ImmutableArray<Hash256> _kept;

    /// <param name="account">Whose it is.</param>
    /// <param name="number">0 in a genesis, else <see cref="NumberAt"/> the transaction that names it.</param>
    /// <param name="secret">The first link; whoever knows it knows all reveals.</param>
    /// <param name="length">How many reveals the chain has, from 1 to <see cref="MaxLength"/>.</param>
    public HashChain(Address account, ulong number, Hash256 secret, uint length)
    {
        ArgumentOutOfRangeException.ThrowIfZero(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxLength);
        (_account, Number, Length) = (account, number, length);
        _stride = (uint)Math.Ceiling(Math.Sqrt(length));
        var kept = ImmutableArray.CreateBuilder<Hash256>();
        var link = secret;
        for (uint i = 0; i < length; i++)
        {
            if (i % _stride == 0)
            {
                kept.Add(link);
            }

            link = Follow(_account, Number, link);
        }

        Head = link;
        _kept = kept.ToImmutable();
    }

    public ulong Number { get; }

    /// <summary>How many reveals the chain has.</summary>
    public uint Length { get; }

    /// <summary>What is registered before the first reveal.</summary>
    public Hash256 Head { get; }

    /// <summary>The chain an account has by its key alone, so that nothing but the key needs a backup. Signatures are deterministic (RFC 6979) and this one is never
    /// shown to anybody.</summary>
    /// <param name="number">0 in a genesis, else <see cref="NumberAt"/> the transaction that names it.</param>
    public static HashChain Of(PrivateKey key, string chainId, ulong number, uint length)
    {
        var digest = new RlpWriter().StartList().Text(SecretDomain).Text(chainId).Number(number).EndList().Keccak();
        return new HashChain(key.Address, number, Keccak.Hash(key.Sign(digest).ToArray()), length);
    }

    /// <summary>The number of a chain named by an account's transaction of this nonce: no other has it.</summary>
    public static ulong NumberAt(ulong nonce) => checked(nonce + 1);

    /// <summary>Whether a reveal is the one before the head of an account's chain: the registered head, or the last reveal.</summary>
    public static bool IsNext(Address account, RevealChain named, Hash256 reveal) => Follow(account, named.Number, reveal) == named.Head;

    /// <summary>The reveal to use when <paramref name="used"/> of them are used up.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The chain is used up.</exception>
    public Hash256 Reveal(uint used)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(used, Length);
        var index = Length - 1 - used;
        var link = _kept[(int)(index / _stride)];
        for (var i = index % _stride; i > 0; i--)
        {
            link = Follow(_account, Number, link);
        }

        return link;
    }

    private static Hash256 Follow(Address account, ulong number, Hash256 link) =>
        new RlpWriter().StartList().Text(LinkDomain).Address(account).Number(number).Hash(link).EndList().Keccak();
}
