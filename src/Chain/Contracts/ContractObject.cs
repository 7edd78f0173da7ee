using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>A leaf of the state that belongs to a contract. Immutable; whoever has the root of a final block can be shown it with a proof.</summary>
public abstract record ContractObject
{
    private const string KeyDomain = "VideoMesh object v1";
    private const int MaxBytes = 64 << 10;
    private const int MaxTagBytes = 32;

    /// <summary>Where it lies in the state.</summary>
    public abstract Hash256 Key { get; }

    /// <summary>The height of the block that does something about it by itself; null when only somebody's transaction moves it.</summary>
    public virtual ulong? Due => null;

    /// <summary>Coins it holds.</summary>
    public virtual Amount Held => Amount.Zero;

    /// <summary>The first text of the encoding: tells which kind of object a leaf is.</summary>
    protected abstract string Tag { get; }

    /// <summary>The canonical RLP encoding: what lies in the state.</summary>
    public byte[] Encode()
    {
        var writer = new RlpWriter().StartList().Text(Tag);
        WriteFields(writer);
        return writer.EndList().ToArray();
    }

    /// <summary>Reads a leaf of the state.</summary>
    /// <returns>Null when it is no object of a contract.</returns>
    public static ContractObject? TryDecode(ReadOnlySpan<byte> leaf)
    {
        try
        {
            var outer = new RlpReader(leaf, MaxBytes);
            if (!outer.NextIsList)
            {
                return null;
            }

            var reader = outer.ReadList();
            outer.End();
            if (reader.AtEnd || reader.NextIsList)
            {
                return null;
            }

            ContractObject? read = reader.ReadText(MaxTagBytes) switch
            {
                JobEscrow.ObjectTag => JobEscrow.ReadFields(ref reader),
                JobReceipt.ObjectTag => JobReceipt.ReadFields(ref reader),
                Claim.ObjectTag => Claim.ReadFields(ref reader),
                ClaimReceipt.ObjectTag => ClaimReceipt.ReadFields(ref reader),
                Challenge.ObjectTag => Challenge.ReadFields(ref reader),
                ClaimDispute.ObjectTag => ClaimDispute.ReadFields(ref reader),
                DeliveryDispute.ObjectTag => DeliveryDispute.ReadFields(ref reader),
                MinerReserve.ObjectTag => MinerReserve.ReadFields(ref reader),
                VerifierService.ObjectTag => VerifierService.ReadFields(ref reader),
                _ => null,
            };
            if (read is not null)
            {
                reader.End();
            }

            return read;
        }
        catch (RlpException)
        {
            return null;
        }
    }

    protected abstract void WriteFields(RlpWriter writer);

    private protected bool IsWrittenLike(ContractObject? other) => other is not null && Encode().AsSpan().SequenceEqual(other.Encode());

    private protected static Hash256 KeyOf(string kind, Hash256 id) => new RlpWriter().StartList().Text(KeyDomain).Text(kind).Hash(id).EndList().Keccak();

    private protected static Hash256 KeyOf(string kind, Address id) => new RlpWriter().StartList().Text(KeyDomain).Text(kind).Address(id).EndList().Keccak();

    private protected static T Known<T>(uint number)
        where T : struct, Enum => Enum.IsDefined(typeof(T), (int)number) ? (T)Enum.ToObject(typeof(T), number) : throw new RlpException(RlpRefusal.UnknownValue);
}
