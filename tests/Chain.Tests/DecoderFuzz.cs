using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Tests.Accounts;
using VideoMesh.Chain.Tests.Blocks;
using VideoMesh.Chain.Tests.Contracts;
using VideoMesh.Chain.Tests.Transactions;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Tests;

/// <summary>Random bytes and mutations of real encodings for every decoder that strangers reach: each refuses by its documented name, and what it does read it writes again
/// byte for byte, so nothing has two spellings. None takes much memory, whatever lengths the bytes claim.</summary>
internal static class DecoderFuzz
{
    // A mutated encoding is a few KiB at most.
    private const long MaxBytesPerCase = 1 << 20;

    /// <summary>Feeds this many inputs to each decoder.</summary>
    /// <returns>How many inputs were read, and how many refused.</returns>
    public static (long Read, long Refused) Run(int seed, long cases)
    {
        var chain = new TestChain();
        chain.Next(chain.Transfer(chain.Rich, TestChain.Key(3).Address, new Amount(5)));
        var random = new Random(seed);
        var (read, refused) = (0L, 0L);
        foreach (var (samples, decode) in Decoders(chain, random))
        {
            for (long i = 0; i < cases; i++)
            {
                var input = i % 8 == 0 ? Noise(random) : Mutate(samples[random.Next(samples.Length)], random);
                var allocated = GC.GetAllocatedBytesForCurrentThread();
                var written = decode(input);
                allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
                if (allocated > MaxBytesPerCase)
                {
                    throw new InvalidOperationException($"Seed {seed}: {Convert.ToHexStringLower(input)} takes {allocated} bytes.");
                }

                if (written is null)
                {
                    refused++;
                    continue;
                }

                read++;
                if (!written.AsSpan().SequenceEqual(input))
                {
                    throw new InvalidOperationException($"Seed {seed}: {Convert.ToHexStringLower(input)} is written as {Convert.ToHexStringLower(written)}.");
                }
            }
        }

        return (read, refused);
    }

    private static IEnumerable<(byte[][] Samples, Func<byte[], byte[]?> Decode)> Decoders(TestChain chain, Random random)
    {
        var parameters = chain.Parameters;
        var built = chain.Build(0, chain.Transfer(chain.Rich, TestChain.Key(4).Address, new Amount(7)));
        yield return ([built.Header.Encode()], Rlp(bytes => BlockHeader.Decode(bytes).Encode()));
        yield return ([built.Body, new BlockBody([], null).Encode()], Rlp(bytes => BlockBody.Decode(bytes, parameters).Encode()));
        yield return ([.. Enumerable.Range(0, 8).Select(_ => TransactionTests.Any(random).Sign(chain.Rich).Encode())], bytes => Transaction(bytes, parameters));
        yield return ([.. EvidenceTests.All(chain).Select(evidence => evidence.Encode())], bytes => Evidence.TryDecode(bytes, out var evidence) ? evidence.Encode() : null);
        yield return ([.. new StakeOperation[]
        {
            new StakeOperation.Raise(), new StakeOperation.Register(Keccak.Hash([1]), 9), new StakeOperation.Serve([Keccak.Hash([1])]), new StakeOperation.Reserve(new Amount(7)),
        }.Select(operation => operation.Encode())], bytes => StakeOperation.TryDecode(bytes, out var operation) ? operation.Encode() : null);
        yield return ([.. Enumerable.Range(0, 8).Select(_ => AccountTests.Any(random).Encode())], Rlp(bytes => Account.Decode(bytes).Encode()));
        yield return ([.. Enumerable.Range(0, 8).Select(n => chain.State.Tree.Prove(Keccak.Hash([(byte)n])).Encode())], Rlp(bytes => StateProof.Decode(bytes).Encode()));
        yield return ([Vote.Sign("c", 1, 2, VoteStep.Prevote, null, chain.Rich).Encode()], Rlp(bytes => Vote.Decode(bytes).Encode()));
        yield return ([Proposal.Sign("c", 1, 2, 1, built.Header.Encode(), chain.Rich).Encode()], Rlp(bytes => Proposal.Decode(bytes).Encode()));
        yield return ([new FinalBlock(built.Header.Encode(), chain.Certificate!).Encode()], Rlp(bytes => FinalBlock.Decode(bytes).Encode()));
        var (calls, objects) = ComputeMarket.Samples();
        yield return (calls, bytes => ContractOperation.TryDecode(bytes, out var operation) ? operation.Encode() : null);
        yield return (objects, bytes => ContractObject.TryDecode(bytes)?.Encode());
        yield return ([ComputeMarket.Result(Keccak.Hash([1]), 3, 1).Sign("c", chain.Rich).Encode()], Rlp(bytes => SignedResult.Decode(bytes).Encode()));
        yield return ([chain.State.Totals.Encode()], Rlp(bytes => ChainTotals.Decode(bytes).Encode()));
        yield return ([new ConsensusStatus(7, 1, [new ConsensusStatus.Holding(0, HasProposal: true, HasPolka: false, Prevotes: 15, Precommits: 3)]).Encode()], Rlp(bytes => ConsensusStatus.Decode(bytes).Encode()));
        yield return ([built.Header.Encode()], Rlp(bytes => Applied(BlockHeader.Decode(bytes), built.Body)?.Header.Encode()));
        yield return ([built.Body], bytes => Applied(built.Header with { TransactionsRoot = RootOf(bytes), BodyHash = ContentHash.Of(bytes), BodyBytes = (uint)bytes.Length }, bytes)?.Body);

        // so that what is wrong lies in the transactions and nowhere else
        Hash256 RootOf(byte[] body)
        {
            try
            {
                return BlockBody.Decode(body, parameters).Root;
            }
            catch (RlpException)
            {
                return built.Header.TransactionsRoot;
            }
        }

        // what a block leads to must be just what its header says, so of all mutants none is the block
        BuiltBlock? Applied(BlockHeader header, byte[] body) =>
            BlockRules.Apply(chain.State, header, body, _ => null) switch
            {
                BlockOutcome.Accepted accepted => new BuiltBlock(header, body, accepted.Result),
                BlockOutcome.Refused refused when refused.Reason.Sentence().Length > 0 => null,
                var outcome => throw new InvalidOperationException($"No outcome: {outcome}"),
            };
    }

    // the one exception these are allowed
    private static Func<byte[], byte[]?> Rlp(Func<byte[], byte[]?> again) => bytes =>
    {
        try
        {
            return again(bytes);
        }
        catch (RlpException refused) when (Enum.IsDefined(refused.Reason))
        {
            return null;
        }
    };

    private static byte[]? Transaction(byte[] bytes, ChainParameters parameters)
    {
        if (Chain.Transactions.Transaction.TryVerify(bytes, parameters, out _, out var result))
        {
            throw new InvalidOperationException($"A mutated transaction was accepted: {Convert.ToHexStringLower(bytes)}.");
        }

        return result.Sentence().Length > 0 && Chain.Transactions.Transaction.TryDecode(bytes, parameters, out var transaction, out _) ? transaction.Encode() : null;
    }

    private static byte[] Noise(Random random)
    {
        var bytes = new byte[random.Next(300)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Mutate(byte[] sample, Random random)
    {
        var bytes = sample.ToList();
        for (var times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveAt(at);
                    break;
                case 3:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)));
                    break;
            }
        }

        return [.. bytes];
    }
}
