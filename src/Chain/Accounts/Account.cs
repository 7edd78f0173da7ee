using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Accounts;

/// <summary>The two types of accounts (white paper, section 3).</summary>
public enum AccountType
{
    External = 1,
    Contract = 2,
}

/// <summary>The code of a contract account.</summary>
/// <param name="CodeHash">What runs.</param>
/// <param name="StorageRoot">What it keeps.</param>
public readonly record struct ContractCode(Hash256 CodeHash, Hash256 StorageRoot);

/// <summary>One account. An account nobody wrote to is <see cref="New"/>.</summary>
public sealed record Account
{
    private const string Domain = "VideoMesh account v1";
    private const int MaxBytes = 4096;

    public required Address Address { get; init; }

    /// <summary>Transactions it has sent.</summary>
    public ulong Nonce { get; init; }

    public Amount Balance { get; init; }

    /// <summary>Null for the many without stake, now or in the window.</summary>
    public Bond? Bond { get; init; }

    /// <summary>Null: an external account.</summary>
    public ContractCode? Code { get; init; }

    public AccountType Type => Code is null ? AccountType.External : AccountType.Contract;

    public Amount Stake => Bond?.Stake ?? Amount.Zero;

    public static Account New(Address address) => new() { Address = address };

    /// <summary>Where an account lies in the state.</summary>
    public static Hash256 KeyOf(Address address)
    {
        Span<byte> bytes = stackalloc byte[Address.Size];
        address.CopyTo(bytes);
        return Keccak.Hash(bytes);
    }

    /// <summary>The canonical RLP encoding: what lies in the state.</summary>
    public byte[] Encode()
    {
        var writer = new RlpWriter().StartList().Text(Domain).Address(Address).Number(Nonce).Number(Balance.Nano).StartList();
        if (Bond is { } bond)
        {
            Write(writer, bond);
        }

        writer.EndList().StartList();
        if (Code is { } code)
        {
            writer.Hash(code.CodeHash).Hash(code.StorageRoot);
        }

        return writer.EndList().EndList().ToArray();
    }

    /// <summary>Whether a leaf of the state is an account.</summary>
    public static bool IsAccount(ReadOnlySpan<byte> value)
    {
        try
        {
            var outer = new RlpReader(value, value.Length);
            var reader = outer.ReadList();
            return reader.ReadBytes(value.Length).SequenceEqual("VideoMesh account v1"u8);
        }
        catch (RlpException)
        {
            return false;
        }
    }

    /// <exception cref="RlpException">The bytes are not the canonical encoding of an account.</exception>
    public static Account Decode(ReadOnlySpan<byte> encoded)
    {
        var outer = new RlpReader(encoded, MaxBytes);
        var reader = outer.ReadList();
        outer.End();
        reader.Expect(Domain);
        var (address, nonce, balance) = (reader.ReadAddress(), reader.ReadUInt64(), new Amount(reader.ReadUInt64()));
        var bond = reader.ReadList();
        var code = reader.ReadList();
        reader.End();
        var account = new Account
        {
            Address = address,
            Nonce = nonce,
            Balance = balance,
            Bond = bond.AtEnd ? null : ReadBond(ref bond),
            Code = code.AtEnd ? null : new ContractCode(code.ReadHash(), code.ReadHash()),
        };
        code.End();
        return account;
    }

    private static void Write(RlpWriter writer, Bond bond)
    {
        writer.Number(bond.Stake.Nano).StartList();
        foreach (var step in bond.Clout.Steps)
        {
            writer.Number(step.From).Number(step.Stake.Nano);
        }

        writer.EndList().StartList();
        foreach (var withdrawal in bond.Withdrawals)
        {
            writer.Number(withdrawal.Amount.Nano).Number(withdrawal.BegunHeight).Number(withdrawal.MaturesAt);
        }

        writer.EndList();
        Write(writer, bond.Reveals);
        Write(writer, bond.NextReveals);
        writer.Number((ulong)bond.Jail).Number(bond.Missed).Number(bond.SitsOutUntil).Number(bond.PunishedUpTo)
            .Number(bond.ContradictedAt);
    }

    private static void Write(RlpWriter writer, RevealChain? chain)
    {
        writer.StartList();
        if (chain is { } known)
        {
            writer.Hash(known.Head).Number(known.Left).Number(known.UsableFrom).Number(known.Number);
        }

        writer.EndList();
    }

    private static Bond ReadBond(ref RlpReader reader)
    {
        var stake = new Amount(reader.ReadUInt64());
        var steps = ImmutableArray.CreateBuilder<CloutSteps.Step>();
        for (var list = reader.ReadList(); !list.AtEnd;)
        {
            steps.Add(new CloutSteps.Step(list.ReadUInt64(), new Amount(list.ReadUInt64())));
        }

        var withdrawals = ImmutableArray.CreateBuilder<Withdrawal>();
        for (var list = reader.ReadList(); !list.AtEnd;)
        {
            withdrawals.Add(new Withdrawal(new Amount(list.ReadUInt64()), list.ReadUInt64(), list.ReadUInt64()));
        }

        var bond = new Bond
        {
            Stake = stake,
            Clout = CloutSteps.Of(steps.ToImmutable()),
            Withdrawals = withdrawals.ToImmutable(),
            Reveals = ReadChain(ref reader),
            NextReveals = ReadChain(ref reader),
            Jail = reader.ReadUInt32() is <= (uint)Jail.Tombstoned and var jail ? (Jail)jail : throw new RlpException(RlpRefusal.UnknownValue),
            Missed = reader.ReadUInt64(),
            SitsOutUntil = reader.ReadUInt64(),
            PunishedUpTo = reader.ReadUInt64(),
            ContradictedAt = reader.ReadUInt64(),
        };
        reader.End();
        return bond;
    }

    private static RevealChain? ReadChain(ref RlpReader outer)
    {
        var reader = outer.ReadList();
        RevealChain? chain = reader.AtEnd ? null : new RevealChain(reader.ReadHash(), reader.ReadUInt32(), reader.ReadUInt64(), reader.ReadUInt64());
        reader.End();
        return chain;
    }
}
