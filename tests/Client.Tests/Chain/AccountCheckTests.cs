using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Blocks;
using VideoMesh.Client.Node.Chain;

namespace VideoMesh.Client.Tests.Chain;

public class AccountCheckTests
{
    private static readonly DateTimeOffset s_now = TimeProvider.System.GetUtcNow();

    private readonly FakeLedger _ledger = new();

    public AccountCheckTests() => _ledger.Next(_ledger.Chain.Transfer(_ledger.Chain.Rich, Poor, new Amount(7)));

    private static Address Poor { get; } = TestChain.Key(77).Address;

    [Fact]
    public async Task A_proof_shows_what_the_chain_has_and_that_it_has_not()
    {
        Assert.Null(AccountCheck.Check(Poor, await ProofAsync(Poor), _ledger.Chain.Genesis, s_now, out var proven));
        Assert.Equal((7UL, 1UL), (proven!.Account.Balance.Nano, proven.Height));

        var nobody = TestChain.Key(78).Address;
        Assert.Null(AccountCheck.Check(nobody, await ProofAsync(nobody), null, s_now, out var absent));
        Assert.Equal(Account.New(nobody), absent!.Account);
    }

    [Fact]
    public async Task A_proof_of_another_account_shows_nothing() =>
        Assert.Equal(ProofRefusal.ProofDoesNotHold, AccountCheck.Check(Poor, await ProofAsync(_ledger.Chain.Rich.Address), null, s_now, out _));

    [Fact]
    public async Task No_proof_or_one_of_garbage_is_refused()
    {
        var proof = await ProofAsync(Poor);
        Assert.Equal(ProofRefusal.ProofMissing, AccountCheck.Check(Poor, null, null, s_now, out _));
        Assert.Equal(ProofRefusal.ProofMalformed, AccountCheck.Check(Poor, proof with { State = [1, 2] }, null, s_now, out _));
        Assert.Equal(ProofRefusal.ProofMalformed, AccountCheck.Check(Poor, proof with { Final = [0xc0] }, null, s_now, out _));
        Assert.Equal(ProofRefusal.ProofMalformed, AccountCheck.Check(Poor, proof with { Voters = [.. proof.Voters, .. proof.Voters] }, null, s_now, out _));
    }

    [Fact]
    public async Task A_header_with_another_state_root_is_not_final()
    {
        var proof = await ProofAsync(Poor);
        var final = FinalBlock.Decode(proof.Final);
        var forged = BlockHeader.Decode(final.HeaderBytes.Span) with { StateRoot = Keccak.Hash([1]) };

        Assert.Equal(ProofRefusal.NotFinal, AccountCheck.Check(Poor, proof with { Final = new FinalBlock(forged.Encode(), final.Certificate).Encode() }, null, s_now, out _));
        Assert.Equal(ProofRefusal.NotFinal, AccountCheck.Check(
            Poor, proof with { Final = new FinalBlock(forged.Encode(), final.Certificate with { Block = forged.Hash }).Encode() }, null, s_now, out _));
    }

    [Fact]
    public async Task Too_few_precommits_are_no_certificate()
    {
        var proof = await ProofAsync(Poor);
        var final = FinalBlock.Decode(proof.Final);
        var thin = final.Certificate with { Precommits = final.Certificate.Precommits[..2] };

        Assert.Equal(ProofRefusal.NotFinal, AccountCheck.Check(Poor, proof with { Final = new FinalBlock(final.HeaderBytes, thin).Encode() }, null, s_now, out _));
    }

    [Fact]
    public async Task Voters_that_the_header_does_not_name_are_refused()
    {
        var proof = await ProofAsync(Poor);

        Assert.Equal(ProofRefusal.OtherVoters, AccountCheck.Check(Poor, proof with { Voters = proof.Voters.Take(3).ToList() }, null, s_now, out _));
    }

    [Fact]
    public async Task A_chain_of_the_attacker_s_own_voters_convinces_only_who_trusts_no_genesis()
    {
        var strangers = new TestChain(verifiers: 4, began: s_now);
        var genesis = strangers.Genesis with
        {
            Accounts = [.. strangers.Genesis.Accounts.Select((account, i) => account.Reveals is null ? account : account with { Address = TestChain.Key(100 + i).Address }).OrderBy(account => account.Address)],
        };

        Assert.Null(AccountCheck.Check(Poor, await ProofAsync(Poor), null, s_now, out _));
        Assert.Equal(ProofRefusal.VotersUntrusted, AccountCheck.Check(Poor, await ProofAsync(Poor), genesis, s_now, out _));
        Assert.Equal(ProofRefusal.OtherGenesis, AccountCheck.Check(
            Poor, await ProofAsync(Poor), genesis with { Parameters = genesis.Parameters with { ChainId = "other" } }, s_now, out _));
    }

    [Fact]
    public async Task A_genesis_is_trusted_as_long_as_its_voters_have_something_to_lose()
    {
        var (proof, genesis) = (await ProofAsync(Poor), _ledger.Chain.Genesis with { Parameters = _ledger.Chain.Parameters with { Unbonding = TimeSpan.FromDays(14) } });

        Assert.NotEqual(ProofRefusal.GenesisTooOld, AccountCheck.Check(Poor, proof, genesis, s_now.AddDays(13), out _));
        Assert.Equal(ProofRefusal.GenesisTooOld, AccountCheck.Check(Poor, proof, genesis, s_now.AddDays(15), out _));

        // who tries things out is not bothered for a day
        Assert.Null(AccountCheck.Check(Poor, proof, _ledger.Chain.Genesis, s_now.AddHours(23), out _));
        Assert.Equal(ProofRefusal.GenesisTooOld, AccountCheck.Check(Poor, proof, _ledger.Chain.Genesis, s_now.AddHours(25), out _));
        Assert.Null(AccountCheck.Check(Poor, proof, genesis: null, s_now.AddDays(1000), out _));
    }

    [Fact]
    public void Before_the_first_block_only_the_genesis_proves_anything()
    {
        var fresh = new FakeLedger();
        var rich = fresh.Chain.Rich.Address;
        var proof = ProofAnswer.Of(new ChainHead(fresh.Chain.State, null), rich);

        Assert.Equal(ProofRefusal.NoFinalBlock, AccountCheck.Check(rich, proof, null, s_now, out _));
        Assert.Null(AccountCheck.Check(rich, proof, fresh.Chain.Genesis, s_now, out var proven));
        Assert.Equal(Amount.FromVid(1_000_000), proven!.Account.Balance);
    }

    private async Task<ProofAnswer> ProofAsync(Address address) => ProofAnswer.Of((await _ledger.StatusAsync(CancellationToken.None)).Head, address);
}
