using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>Where the ledger's own contracts are called. Nobody has a key of such an address: it is the end of a hash of a text.</summary>
public static class ContractAddress
{
    /// <summary>The market of compute jobs: recipient of every <see cref="ContractOperation"/>.</summary>
    public static Address Compute { get; } = Named("VideoMesh contract compute v1");

    private static Address Named(string text) => new(new RlpWriter().Text(text).Keccak().ToArray().AsSpan(Hash256.Size - Address.Size));
}
