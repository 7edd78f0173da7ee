using System.Collections.Immutable;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Blocks;

/// <summary>What a block carries besides its header.</summary>
/// <param name="Transactions">Encoded, in the order they are applied.</param>
/// <param name="Parent">The certificate of the block below; null in the first block.</param>
public sealed record BlockBody(ImmutableArray<ReadOnlyMemory<byte>> Transactions, CommitCertificate? Parent)
{
    /// <summary>The Merkle root that goes into the header.</summary>
    public Hash256 Root => Merkle.Root(Transactions);

    /// <summary>The canonical RLP encoding.</summary>
    public byte[] Encode()
    {
        var writer = new RlpWriter().StartList().StartList();
        foreach (var transaction in Transactions)
        {
            writer.Bytes(transaction.Span);
        }

        writer.EndList().StartList();
        Parent?.WriteTo(writer);
        return writer.EndList().EndList().ToArray();
    }

    /// <exception cref="RlpException">The bytes are not the canonical encoding of a body; the transactions inside are not looked at.</exception>
    public static BlockBody Decode(ReadOnlyMemory<byte> encoded, ChainParameters parameters)
    {
        var outer = new RlpReader(encoded.Span, (int)parameters.MaxBodyBytes);
        var reader = outer.ReadList();
        outer.End();
        var list = reader.ReadList();
        var transactions = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        while (!list.AtEnd)
        {
            if (transactions.Count == parameters.MaxTransactions)
            {
                throw new RlpException(RlpRefusal.TooLong);
            }

            transactions.Add(list.ReadBytes(parameters.MaxTransactionBytes).ToArray());
        }

        var certificate = reader.ReadList();
        reader.End();
        var parent = certificate.AtEnd ? null : CommitCertificate.ReadFrom(ref certificate);
        certificate.End();
        return new BlockBody(transactions.ToImmutable(), parent);
    }
}
