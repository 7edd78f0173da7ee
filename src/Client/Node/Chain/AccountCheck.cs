using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;

namespace VideoMesh.Client.Node.Chain;

/// <summary>Why a node's answer about an account is not believed.</summary>
public enum ProofRefusal
{
    ProofMissing = 1,
    ProofMalformed,
    NoFinalBlock,
    OtherGenesis,
    OtherVoters,
    NotFinal,
    VotersUntrusted,
    GenesisTooOld,
    ProofDoesNotHold,
}

/// <summary>The catalogue of refusals.</summary>
public static class ProofRefusals
{
    /// <summary>The one sentence that goes with a reason.</summary>
    public static string Sentence(this ProofRefusal reason) => reason switch
    {
        ProofRefusal.ProofMissing => "The node sent no proof of the account.",
        ProofRefusal.ProofMalformed => "The node's proof of the account cannot be read.",
        ProofRefusal.NoFinalBlock => "The chain has no final block yet that a proof could lead to; give its --genesis, or ask again.",
        ProofRefusal.OtherGenesis => "The node's chain does not begin with this genesis.",
        ProofRefusal.OtherVoters => "The voters that the node names are not those of the block it shows.",
        ProofRefusal.NotFinal => "The block that the node shows is not final: its certificate does not hold.",
        ProofRefusal.VotersUntrusted => "Voters of the genesis with more than a third of its weight did not sign the block that the node shows; get a newer genesis or checkpoint from somebody you trust.",
        ProofRefusal.GenesisTooOld => "The genesis is older than stakes stay bonded, so its voters may have nothing to lose any more; get a newer one from somebody you trust, or --verify without it.",
        ProofRefusal.ProofDoesNotHold => "The node's proof does not show this account under the block it names.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}

/// <summary>An account that a proof showed.</summary>
/// <param name="Account">As the state has it.</param>
/// <param name="Height">Of the final block after which it is so.</param>
/// <param name="Block">That block; or the genesis.</param>
/// <param name="Voters">Hash of who made that block final; null at genesis.</param>
public sealed record ProvenAccount(Account Account, ulong Height, Hash256 Block, Hash256? Voters);

/// <summary>What a client without a ledger checks: certificate, then header, then Merkle proof. Without a genesis it takes the node's word for who votes, so what it
/// learns is that these voters agreed.</summary>
public static class AccountCheck
{
    /// <param name="address">What was asked for.</param>
    /// <param name="proof">What the node sent.</param>
    /// <param name="genesis">What is trusted, or null. Only as long as stakes stay bonded on that chain.</param>
    /// <param name="now">The time here.</param>
    /// <param name="proven">The account, when the answer is null.</param>
    /// <returns>Null when the proof holds.</returns>
    public static ProofRefusal? Check(Address address, ProofAnswer? proof, Genesis? genesis, DateTimeOffset now, out ProvenAccount? proven)
    {
        proven = null;
        if (proof is null)
        {
            return ProofRefusal.ProofMissing;
        }

        if (genesis is not null && now - Times.Of(genesis.TimeMilliseconds) > genesis.Parameters.TrustingPeriod)
        {
            return ProofRefusal.GenesisTooOld;
        }

        try
        {
            return proof.Final is null ? CheckGenesis(address, proof, genesis, out proven) : CheckFinal(address, proof, proof.Final, genesis, out proven);
        }
        catch (Exception e) when (e is RlpException or ArgumentException or OverflowException)
        {
            return ProofRefusal.ProofMalformed;
        }
    }

    private static ProofRefusal? CheckGenesis(Address address, ProofAnswer proof, Genesis? genesis, out ProvenAccount? proven)
    {
        proven = null;
        return genesis is null ? ProofRefusal.NoFinalBlock : CheckState(address, proof, genesis.State().Root, new ProvenAccount(Account.New(address), 0, genesis.Hash, null), out proven);
    }

    private static ProofRefusal? CheckFinal(Address address, ProofAnswer proof, byte[] encoded, Genesis? genesis, out ProvenAccount? proven)
    {
        proven = null;
        var final = FinalBlock.Decode(encoded);
        var header = BlockHeader.Decode(final.HeaderBytes.Span);
        var certificate = final.Certificate;
        var voters = new VoterSet(proof.Voters);
        if (genesis is not null && !string.Equals(header.ChainId, genesis.Parameters.ChainId, StringComparison.Ordinal))
        {
            return ProofRefusal.OtherGenesis;
        }

        if (voters.Hash != header.VotersHash)
        {
            return ProofRefusal.OtherVoters;
        }

        if (certificate.Block != Keccak.Hash(final.HeaderBytes.Span) || certificate.Height != header.Height || certificate.Check(header.ChainId, voters) is not null)
        {
            return ProofRefusal.NotFinal;
        }

        return genesis is not null && !AreTrusted(certificate, voters, genesis)
            ? ProofRefusal.VotersUntrusted
            : CheckState(address, proof, header.StateRoot, new ProvenAccount(Account.New(address), header.Height, certificate.Block, voters.Hash), out proven);
    }

    // more than a third of what is trusted signed, so an honest voter did: the light client's skipping rule (Braithwaite et al., arXiv 2010.07031)
    private static bool AreTrusted(CommitCertificate certificate, VoterSet voters, Genesis genesis)
    {
        var trusted = genesis.State().VotersOf(1);
        return trusted.IsBlocking(certificate.Precommits.Aggregate(UInt128.Zero, (sum, precommit) => sum + trusted.PowerOf(voters.Voters[precommit.Place].Address)));
    }

    private static ProofRefusal? CheckState(Address address, ProofAnswer proof, Hash256 root, ProvenAccount absent, out ProvenAccount? proven)
    {
        proven = null;
        if (!StateProof.Decode(proof.State).TryVerify(root, Account.KeyOf(address), out var value))
        {
            return ProofRefusal.ProofDoesNotHold;
        }

        proven = value is { } bytes ? absent with { Account = Account.Decode(bytes.AsSpan()) } : absent;
        return proven.Account.Address == address ? null : ProofRefusal.ProofDoesNotHold;
    }
}
