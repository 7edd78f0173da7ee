using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>Proof that a block is final: precommits of more than two thirds of κ for it, of one round.</summary>
/// <param name="Height">Of the block.</param>
/// <param name="Round">Of the precommits.</param>
/// <param name="Block">Hash of the block.</param>
/// <param name="Precommits">Place of the voter in its <see cref="VoterSet"/> and its signature, by rising place.</param>
public sealed record CommitCertificate(ulong Height, uint Round, Hash256 Block, ImmutableArray<CommitCertificate.Precommit> Precommits)
{
    public readonly record struct Precommit(int Place, Signature Signature);

    /// <summary>Gathers the precommits for <paramref name="block"/> among <paramref name="votes"/>, which are verified and of one height and round.</summary>
    public static CommitCertificate Of(ulong height, uint round, Hash256 block, IEnumerable<Vote> votes, VoterSet voters) => new(
        height,
        round,
        block,
        [.. votes.Where(vote => vote.Step == VoteStep.Precommit && vote.Block == block)
            .Select(vote => new Precommit(voters.PlaceOf(vote.Voter), vote.Signature)).Where(p => p.Place >= 0).DistinctBy(p => p.Place).OrderBy(p => p.Place)]);

    /// <summary>Checks places, power and signatures against the voters of its height.</summary>
    /// <returns>Null when the block is final; else why this does not show it.</returns>
    public CertificateRefusal? Check(string chainId, VoterSet voters) => Check(chainId, voters, KeySignatures.Instance);

    /// <inheritdoc cref="Check(string, VoterSet)"/>
    public CertificateRefusal? Check(string chainId, VoterSet voters, ISignatureCheck signatures)
    {
        var power = UInt128.Zero;
        var last = -1;
        foreach (var (place, _) in Precommits)
        {
            if (place <= last || place >= voters.Voters.Length)
            {
                return CertificateRefusal.UnknownVoter;
            }

            last = place;
            power += voters.Voters[place].Clout.Nano;
        }

        if (!voters.IsQuorum(power))
        {
            return CertificateRefusal.NoQuorum;
        }

        var digest = Vote.SigningHash(chainId, Height, Round, VoteStep.Precommit, Block);
        return Precommits.All(precommit => signatures.IsSigned(voters.Voters[precommit.Place].Address, digest, precommit.Signature))
            ? null
            : CertificateRefusal.WrongSignature;
    }

    public void WriteTo(RlpWriter writer)
    {
        writer.StartList().Number(Height).Number(Round).Hash(Block).StartList();
        foreach (var (place, signature) in Precommits)
        {
            writer.StartList().Number((ulong)place).Bytes(signature.ToArray()).EndList();
        }

        writer.EndList().EndList();
    }

    /// <exception cref="RlpException">The next item is not a certificate.</exception>
    public static CommitCertificate ReadFrom(ref RlpReader outer)
    {
        var reader = outer.ReadList();
        var (height, round, block) = (reader.ReadUInt64(), reader.ReadUInt32(), reader.ReadHash());
        var list = reader.ReadList();
        reader.End();
        var precommits = ImmutableArray.CreateBuilder<Precommit>();
        while (!list.AtEnd)
        {
            if (precommits.Count == VoterSet.MaxVoters)
            {
                throw new RlpException(RlpRefusal.TooLong);
            }

            var item = list.ReadList();
            var place = item.ReadUInt32();
            if (place >= VoterSet.MaxVoters)
            {
                throw new RlpException(RlpRefusal.UnknownValue);
            }

            precommits.Add(new Precommit((int)place, item.ReadSignature()));
            item.End();
        }

        return new CommitCertificate(height, round, block, precommits.ToImmutable());
    }
}

/// <summary>Why a certificate does not show that its block is final.</summary>
public enum CertificateRefusal
{
    UnknownVoter = 1,
    WrongSignature,
    NoQuorum,
}
