using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Accounts;

public sealed class AccountTests
{
    [Fact]
    public void Is_read_as_it_was_written() => Prop.ForAll<int>(seed =>
    {
        var account = Any(new Random(seed));
        return Account.Decode(account.Encode()) == account && Account.IsAccount(account.Encode());
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_account_without_stake_or_code_takes_few_bytes()
    {
        var account = Account.New(new Address(new byte[20])) with { Nonce = 1000, Balance = Amount.FromVid(1_000_000) };

        Assert.InRange(account.Encode().Length, 1, 64);
        Assert.Equal(AccountType.External, account.Type);
    }

    [Fact]
    public void A_hash_chain_gives_way_to_the_next_one_when_it_is_used_up_and_not_before()
    {
        var (first, second, reveal) = (Keccak.Hash([1]), Keccak.Hash([2]), Keccak.Hash([3]));
        var bond = new Bond { Reveals = new RevealChain(first, 1, 0, 0), NextReveals = new RevealChain(second, 5, 20, 3) };

        Assert.Equal(first, bond.RevealsAt(19)!.Value.Head);
        Assert.Equal(first, bond.RevealsAt(25)!.Value.Head);
        bond = bond.Revealed(10, reveal);
        Assert.Null(bond.RevealsAt(19));
        Assert.Equal(second, bond.RevealsAt(20)!.Value.Head);
        bond = bond.Revealed(20, reveal);
        Assert.Equal(new RevealChain(reveal, 4, 20, 3), bond.Reveals);
        Assert.Null(bond.NextReveals);
    }

    [Fact]
    public void A_chain_too_new_to_be_used_reveals_nothing() => Assert.Null(new Bond { Reveals = new RevealChain(default, 9, 20, 1) }.RevealsAt(19));

    /// <summary>Any account at all.</summary>
    internal static Account Any(Random random)
    {
        var address = new byte[Address.Size];
        random.NextBytes(address);
        return new Account
        {
            Address = new Address(address),
            Nonce = Number(random),
            Balance = new Amount(Number(random)),
            Bond = random.Next(2) == 0 ? null : AnyBond(random),
            Code = random.Next(3) == 0 ? new ContractCode(Hash(random), Hash(random)) : null,
        };
    }

    private static Bond AnyBond(Random random) => new()
    {
        Stake = new Amount(Number(random)),
        Clout = CloutSteps.Of([.. Enumerable.Range(1, random.Next(CloutSteps.MaxSteps)).Select(n => new CloutSteps.Step((ulong)n * 3, new Amount((ulong)n)))]),
        Withdrawals = [.. Enumerable.Range(0, random.Next(Bond.MaxWithdrawals)).Select(_ => new Withdrawal(new Amount(Number(random)), Number(random), Number(random)))],
        Reveals = AnyChain(random),
        NextReveals = AnyChain(random),
        Jail = (Jail)random.Next(3),
        Missed = Number(random),
        SitsOutUntil = Number(random),
        PunishedUpTo = Number(random),
        ContradictedAt = Number(random),
    };

    private static RevealChain? AnyChain(Random random) => random.Next(2) == 0 ? null : new RevealChain(Hash(random), (uint)random.Next(), Number(random), Number(random));

    // small and large ones alike
    private static ulong Number(Random random) => (ulong)random.NextInt64() >> random.Next(64);

    private static Hash256 Hash(Random random) => Keccak.Hash(BitConverter.GetBytes(random.NextInt64()));
}
