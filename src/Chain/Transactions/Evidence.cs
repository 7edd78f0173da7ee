using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Transactions;

/// <summary>What an evidence transaction carries: signed words of the accused that no honest verifier says.</summary>
public abstract record Evidence
{
    private Evidence()
    {
    }

    /// <summary>Two different votes of one height, round and step.</summary>
    public sealed record OfTwoVotes(Vote First, Vote Second) : Evidence;

    /// <summary>Two proposals of different blocks for one height and round.</summary>
    public sealed record OfTwoProposals(Proposal First, Proposal Second) : Evidence;

    /// <summary>A proposal whose header is no header, or names a body over the chain's size.</summary>
    public sealed record OfBadHeader(Proposal Proposal) : Evidence;

    /// <summary>A proposal of a block with a transaction that breaks a rule that needs no state.</summary>
    /// <param name="Proposal">Of the block.</param>
    /// <param name="Transaction">As it lies in the body.</param>
    /// <param name="Path">Shows that it does.</param>
    public sealed record OfBadTransaction(Proposal Proposal, ReadOnlyMemory<byte> Transaction, MerklePath Path) : Evidence;

    /// <summary>Whose offence it is, as it says; <see cref="Proves"/> checks the signatures.</summary>
    public Address Accused => this switch
    {
        OfTwoVotes votes => votes.First.Voter,
        OfTwoProposals proposals => proposals.First.Proposer,
        OfBadHeader bad => bad.Proposal.Proposer,
        OfBadTransaction bad => bad.Proposal.Proposer,
        _ => throw new InvalidOperationException("Evidence of no kind."),
    };

    /// <summary>The height the offence was committed at.</summary>
    public ulong Height => this switch
    {
        OfTwoVotes votes => votes.First.Height,
        OfTwoProposals proposals => proposals.First.Height,
        OfBadHeader bad => bad.Proposal.Height,
        OfBadTransaction bad => bad.Proposal.Height,
        _ => throw new InvalidOperationException("Evidence of no kind."),
    };

    /// <summary>Whether the whole stake burns: signing two things that exclude one another is never an accident of one message.</summary>
    public bool IsContradiction => this is OfTwoVotes or OfTwoProposals;

    /// <summary>Whether this shows the offence to somebody who knows only the chain's parameters.</summary>
    public bool Proves(ChainParameters parameters) => this switch
    {
        OfTwoVotes { First: var a, Second: var b } =>
            (a.Height, a.Round, a.Step, a.Voter) == (b.Height, b.Round, b.Step, b.Voter) && a.Block != b.Block
            && a.IsSignedFor(parameters.ChainId) && b.IsSignedFor(parameters.ChainId),
        OfTwoProposals { First: var a, Second: var b } =>
            (a.Height, a.Round, a.Proposer) == (b.Height, b.Round, b.Proposer) && a.Block != b.Block
            && a.IsSignedFor(parameters.ChainId) && b.IsSignedFor(parameters.ChainId),
        OfBadHeader { Proposal: var proposal } =>
            IsBad(proposal.HeaderBytes.Span, parameters) && proposal.IsSignedFor(parameters.ChainId),
        OfBadTransaction { Proposal: var proposal } bad =>
            TryHeader(proposal.HeaderBytes.Span, out var header) && bad.Path.Leads(bad.Transaction.Span, header.TransactionsRoot)
            && !Transactions.Transaction.TryVerify(bad.Transaction, parameters, out _, out _) && proposal.IsSignedFor(parameters.ChainId),
        _ => false,
    };

    /// <summary>The parameters of the transaction.</summary>
    public byte[] Encode()
    {
        var writer = new RlpWriter().StartList();
        switch (this)
        {
            case OfTwoVotes votes:
                votes.First.WriteTo(writer.Number(1));
                votes.Second.WriteTo(writer);
                break;
            case OfTwoProposals proposals:
                proposals.First.WriteTo(writer.Number(2));
                proposals.Second.WriteTo(writer);
                break;
            case OfBadHeader bad:
                bad.Proposal.WriteTo(writer.Number(3));
                break;
            case OfBadTransaction bad:
                bad.Proposal.WriteTo(writer.Number(4));
                bad.Path.WriteTo(writer.Bytes(bad.Transaction.Span));
                break;
            default:
                throw new InvalidOperationException("Evidence of no kind.");
        }

        return writer.EndList().ToArray();
    }

    public static bool TryDecode(ReadOnlyMemory<byte> parameters, [NotNullWhen(true)] out Evidence? evidence)
    {
        evidence = null;
        try
        {
            var outer = new RlpReader(parameters.Span, parameters.Length);
            var reader = outer.ReadList();
            outer.End();
            Evidence? read = reader.ReadUInt64() switch
            {
                1 => new OfTwoVotes(Vote.ReadFrom(ref reader), Vote.ReadFrom(ref reader)),
                2 => new OfTwoProposals(Proposal.ReadFrom(ref reader), Proposal.ReadFrom(ref reader)),
                3 => new OfBadHeader(Proposal.ReadFrom(ref reader)),
                4 => new OfBadTransaction(Proposal.ReadFrom(ref reader), reader.ReadBytes(parameters.Length).ToArray(), MerklePath.ReadFrom(ref reader)),
                _ => null,
            };
            reader.End();
            evidence = read;
            return read is not null;
        }
        catch (RlpException)
        {
            return false;
        }
    }

    private static bool IsBad(ReadOnlySpan<byte> headerBytes, ChainParameters parameters) =>
        !TryHeader(headerBytes, out var header) || header.BodyBytes > parameters.MaxBodyBytes;

    private static bool TryHeader(ReadOnlySpan<byte> headerBytes, [NotNullWhen(true)] out BlockHeader? header)
    {
        try
        {
            header = BlockHeader.Decode(headerBytes);
            return true;
        }
        catch (RlpException)
        {
            header = null;
            return false;
        }
    }
}
