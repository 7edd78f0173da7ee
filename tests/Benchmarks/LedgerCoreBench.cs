using System.Diagnostics;
using System.Text.Json;
using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Benchmarks;

/// <summary>The ledger without network and disk: full blocks of transfers applied to states of growing size, beside the signature recovery that nobody can do without.</summary>
internal static class LedgerCoreBench
{
    private const string ChainId = "bench";
    private const int Transfers = 5000;
    private const uint Reveals = 1000;
    private static readonly int[] Sizes = [10_000, 100_000, 1_000_000];
    private static readonly ChainParameters Parameters = new() { ChainId = ChainId };

    public static int Run(string[] arguments)
    {
        var runs = new BenchOptions(arguments).Int("runs", 5);
        using var verifier = BenchAccounts.Key(1);
        List<PrivateKey> senders = [.. Enumerable.Range(2, Transfers).Select(BenchAccounts.Key)];
        var recovery = BenchOptions.Median(Enumerable.Range(0, runs + 1).Select(_ => RecoveriesPerSecond(senders)).Skip(1));
        Console.Error.WriteLine($"signature recovery: {recovery:0}/s on {Environment.ProcessorCount} cores");
        Console.Error.WriteLine($"{"accounts",9} {"apply/s",9} {"of recovery",11} {"µs/tx known",12} {"proof bytes",11} {"check µs",9} {"heap MB",8} {"process MB",10}");
        var results = Sizes.Select(size => Measure(size, verifier, senders, runs, recovery)).ToList();
        var growth = results[^1].MicrosecondsPerKnown / results[0].MicrosecondsPerKnown;
        var logarithmic = Math.Log2(Sizes[^1]) / Math.Log2(Sizes[0]);
        Console.Error.WriteLine($"a transaction costs {growth:0.00} × at {Sizes[^1]} accounts what it costs at {Sizes[0]}; log n grows {logarithmic:0.00} ×");
        Console.WriteLine(JsonSerializer.Serialize(new { bench = "ledger-core", runs, transfers = Transfers, recoveriesPerSecond = recovery, results, growth, logarithmic }, JsonSerializerOptions.Web));
        senders.ForEach(key => key.Dispose());
        return 0;
    }

    private static Row Measure(int accounts, PrivateKey verifier, List<PrivateKey> senders, int runs, double recovery)
    {
        var chain = HashChain.Of(verifier, ChainId, 0, Reveals);
        var state = GenesisOf(accounts, verifier, chain, senders).State();
        var random = new Random(accounts);
        var transfers = Transaction.VerifyMany(
            [.. senders.Select(key => (ReadOnlyMemory<byte>)new BenchTransfer(key, 0, BenchAccounts.Filler(random.Next(accounts - senders.Count - 1))).Sign(Parameters))], Parameters, _ => null).Select(result => result.Verified!).ToList();
        var built = BlockBuilder.Build(state, verifier.Address, 0, 1, chain.Reveal(0), certificate: null, transfers);
        var known = transfers.ToDictionary(transfer => transfer.Hash);
        if (built.Result.Transactions.Length != transfers.Count)
        {
            throw new InvalidOperationException($"Only {built.Result.Transactions.Length} transfers fit into the block.");
        }

        // the state before and the state after are both alive here, as they are in a node
        var heap = GC.GetTotalMemory(forceFullCollection: true) / 1e6;
        double Seconds(Func<Hash256, VerifiedTransaction?> find)
        {
            var started = Stopwatch.GetTimestamp();
            var outcome = BlockRules.Apply(state, built.Header, built.Body, find);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            return outcome is BlockOutcome.Accepted ? seconds : throw new InvalidOperationException($"The block was refused: {outcome}");
        }

        double Median(Func<Hash256, VerifiedTransaction?> find) => BenchOptions.Median(Enumerable.Range(0, runs + 1).Select(_ => Seconds(find)).Skip(1).ToList());
        var row = new Row(
            accounts,
            Transfers / Median(_ => null),
            0,
            Median(known.GetValueOrDefault) * 1e6 / Transfers,
            0,
            0,
            heap,
            Environment.WorkingSet / 1e6);
        var (bytes, check) = Proofs(state, senders);
        row = row with { OfRecovery = row.AppliedPerSecond / recovery, ProofBytes = bytes, ProofCheckMicroseconds = check };
        Console.Error.WriteLine(
            $"{row.Accounts,9} {row.AppliedPerSecond,9:0} {row.OfRecovery,11:0.00} {row.MicrosecondsPerKnown,12:0.0} {row.ProofBytes,11} {row.ProofCheckMicroseconds,9:0} {row.HeapMegabytes,8:0} {row.ProcessMegabytes,10:0}");
        return row;
    }

    // the longest of a thousand proofs, and how long one takes to check
    private static (int Bytes, double Microseconds) Proofs(ChainState state, List<PrivateKey> senders)
    {
        var keys = senders.Take(1000).Select(key => Account.KeyOf(key.Address)).ToList();
        var proofs = keys.Select(key => state.Tree.Prove(key).Encode()).ToList();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < keys.Count; i++)
        {
            if (!StateProof.Decode(proofs[i]).TryVerify(state.Root, keys[i], out var value) || value is null)
            {
                throw new InvalidOperationException("A proof shows nothing.");
            }
        }

        return (proofs.Max(proof => proof.Length), Stopwatch.GetElapsedTime(started).TotalMicroseconds / keys.Count);
    }

    private static double RecoveriesPerSecond(List<PrivateKey> keys)
    {
        var signed = keys.Select((key, i) => (Digest: Keccak.Hash(BitConverter.GetBytes(i)), Key: key)).Select(pair => (pair.Digest, Signature: pair.Key.Sign(pair.Digest), pair.Key.Address)).ToList();
        var started = Stopwatch.GetTimestamp();
        Parallel.ForEach(signed, item =>
        {
            if (!item.Signature.TryRecover(item.Digest, out var signer) || signer != item.Address)
            {
                throw new InvalidOperationException("A signature leads to somebody else.");
            }
        });
        return keys.Count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static Genesis GenesisOf(int accounts, PrivateKey verifier, HashChain chain, List<PrivateKey> senders) => new(
        Parameters,
        0,
        Keccak.Hash("bench"u8),
        [
            .. Enumerable.Range(0, accounts - senders.Count - 1).Select(BenchAccounts.Filler).Concat(senders.Select(key => key.Address))
                .Select(address => new GenesisAccount(address, Amount.FromVid(10), Amount.Zero, null))
                .Append(new GenesisAccount(verifier.Address, Amount.Zero, Parameters.Barrier, (chain.Head, Reveals))).OrderBy(account => account.Address),
        ]);

    private sealed record Row(
        int Accounts, double AppliedPerSecond, double OfRecovery, double MicrosecondsPerKnown, int ProofBytes, double ProofCheckMicroseconds, double HeapMegabytes, double ProcessMegabytes);
}
