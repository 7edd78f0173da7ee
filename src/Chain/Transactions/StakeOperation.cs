using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Transactions;

/// <summary>What a stake transaction asks for: the first number of its parameters, and what follows it.</summary>
public abstract record StakeOperation
{
    private const int MaxBytes = 512;

    private StakeOperation()
    {
    }

    /// <summary>Moves the amount from balance to stake.</summary>
    public sealed record Raise : StakeOperation;

    /// <summary>Moves the amount from stake to a withdrawal, paid out after the unbonding period.</summary>
    public sealed record Lower : StakeOperation;

    /// <summary>Takes part in the verifier pool.</summary>
    /// <param name="Head">Of the hash chain of the verifier's reveals.</param>
    /// <param name="Length">How many reveals it has.</param>
    public sealed record Register(Hash256 Head, uint Length) : StakeOperation;

    /// <summary>Names the hash chain that follows the present one.</summary>
    public sealed record Renew(Hash256 Head, uint Length) : StakeOperation;

    /// <summary>Leaves the verifier pool; the stake stays.</summary>
    public sealed record Unregister : StakeOperation;

    /// <summary>Takes part again after being jailed.</summary>
    public sealed record Unjail : StakeOperation;

    /// <summary>Says which determinism classes the verifier can check; none: it checks nothing.</summary>
    /// <param name="Classes">Rising, at most <see cref="VerifierService.MaxClasses"/>.</param>
    public sealed record Serve(ImmutableArray<Hash256> Classes) : StakeOperation
    {
        /// <summary>Equal by content: arrays are compared item by item.</summary>
        public bool Equals(Serve? other) => other is not null && Classes.AsSpan().SequenceEqual(other.Classes.AsSpan());

        public override int GetHashCode() => Classes.Length;
    }

    /// <summary>Puts so much of the stake behind the account's claims of work, instead of what was before; nothing: it does no work any more.</summary>
    public sealed record Reserve(Amount Reserved) : StakeOperation;

    private ulong Number => this switch
    {
        Raise => 1,
        Lower => 2,
        Register => 3,
        Renew => 4,
        Unregister => 5,
        Unjail => 6,
        Serve => 7,
        Reserve => 8,
        _ => throw new InvalidOperationException("A stake operation without a number."),
    };

    /// <summary>Whether the transaction's amount is moved.</summary>
    public bool MovesCoins => this is Raise or Lower;

    /// <summary>The parameters of the transaction.</summary>
    public byte[] Encode()
    {
        var writer = new RlpWriter().StartList().Number(Number);
        _ = this switch
        {
            Register register => writer.Hash(register.Head).Number(register.Length),
            Renew renew => writer.Hash(renew.Head).Number(renew.Length),
            Serve serve => serve.Classes.Aggregate(writer, (list, served) => list.Hash(served)),
            Reserve reserve => writer.Number(reserve.Reserved.Nano),
            _ => writer,
        };
        return writer.EndList().ToArray();
    }

    public static bool TryDecode(ReadOnlySpan<byte> parameters, [NotNullWhen(true)] out StakeOperation? operation)
    {
        operation = null;
        try
        {
            var outer = new RlpReader(parameters, MaxBytes, maxDepth: 1);
            var reader = outer.ReadList();
            outer.End();
            StakeOperation? read = reader.ReadUInt64() switch
            {
                1 => new Raise(),
                2 => new Lower(),
                3 => new Register(reader.ReadHash(), reader.ReadUInt32()),
                4 => new Renew(reader.ReadHash(), reader.ReadUInt32()),
                5 => new Unregister(),
                6 => new Unjail(),
                7 => new Serve(ReadClasses(ref reader)),
                8 => new Reserve(new Amount(reader.ReadUInt64())),
                _ => null,
            };
            reader.End();
            operation = read;
            return read is not null;
        }
        catch (RlpException)
        {
            return false;
        }
    }

    private static ImmutableArray<Hash256> ReadClasses(ref RlpReader reader)
    {
        var classes = ImmutableArray.CreateBuilder<Hash256>();
        while (!reader.AtEnd)
        {
            var served = reader.ReadHash();
            if (classes.Count == VerifierService.MaxClasses || (classes.Count > 0 && served <= classes[^1]))
            {
                throw new RlpException(RlpRefusal.UnknownValue);
            }

            classes.Add(served);
        }

        return classes.ToImmutable();
    }
}
