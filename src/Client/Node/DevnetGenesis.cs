using System.Security.Cryptography;
using VideoMesh.Actors.Ledger;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Client.Node;

/// <summary>Where the chain of a devnet begins: its nodes' keys, made beforehand, with something at stake, and a faucet. A chain of its own each time.</summary>
public static class DevnetGenesis
{
    /// <summary>What the faucet has to give away.</summary>
    public static readonly Amount FaucetBalance = Amount.FromVid(10_000_000);

    private static readonly Amount s_verifierStake = Amount.FromVid(10_000);
    private static readonly Amount s_minerStake = Amount.FromVid(2_000);
    private static readonly Amount s_pocket = Amount.FromVid(1_000);

    // Blocks come about once a second: a claim is settled within some ten seconds when everybody answers, and within some minutes when nobody does. One machine does
    // everything, so checks have much time for little work.
    private static readonly ContractParameters s_contracts = new()
    {
        ChallengeDelayBlocks = 3,
        CommitBlocks = 30,
        AllowanceWatts = 2_000_000,
        OpenBlocks = 15,
        RevealBlocks = 15,
        DisputeBlocks = 10,
        AnswerBlocks = 10,
        CloseNoticeBlocks = 10,
        LongestJobBlocks = 20_000,
    };

    /// <summary>Makes the keys and the genesis, and writes both.</summary>
    /// <param name="verifierKeys">Files of the verifiers' keys; made when missing.</param>
    /// <param name="minerKeys">Files of the miners' keys; made when missing.</param>
    /// <param name="faucet">The account that has coins to give away.</param>
    /// <param name="path">Gets the genesis.</param>
    /// <returns>The chain's id.</returns>
    public static string Write(IEnumerable<string> verifierKeys, IEnumerable<string> minerKeys, Address faucet, string path, TimeProvider time)
    {
        var parameters = new ChainParameters
        {
            ChainId = $"devnet-{RandomNumberGenerator.GetHexString(12, lowercase: true)}",
            ConfirmationWindow = 10,
            Unbonding = TimeSpan.FromMinutes(1),
            Contracts = s_contracts,
        };
        var accounts = verifierKeys.Select(key => Verifier(key, parameters))
            .Concat(minerKeys.Select(key => new GenesisAccount(AddressIn(key), s_pocket, s_minerStake, Reveals: null)))
            .Append(new GenesisAccount(faucet, FaucetBalance, Amount.Zero, Reveals: null));
        var seed = new Hash256(RandomNumberGenerator.GetBytes(Hash256.Size));
        var genesis = new Genesis(parameters, (ulong)time.GetUtcNow().ToUnixTimeMilliseconds(), seed, [.. accounts.OrderBy(account => account.Address)]);
        File.WriteAllText(path, GenesisFile.Write(genesis));
        return parameters.ChainId;
    }

    private static GenesisAccount Verifier(string keyFile, ChainParameters parameters)
    {
        using var key = KeyFile.LoadOrCreate(keyFile);
        var verifier = new VerifierKey(key, parameters);
        return new GenesisAccount(key.Address, s_pocket, s_verifierStake, (verifier.First.Head, verifier.ChainLength));
    }

    private static Address AddressIn(string keyFile)
    {
        using var key = KeyFile.LoadOrCreate(keyFile);
        return key.Address;
    }
}
