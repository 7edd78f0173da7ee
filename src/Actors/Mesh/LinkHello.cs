using System.Collections.Immutable;
using Google.Protobuf;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>What one end says of itself at the start of a link, sizes checked.</summary>
/// <param name="Nonce">32 fresh random bytes.</param>
/// <param name="Ephemeral">A fresh P-256 point, uncompressed.</param>
/// <param name="Instance">Drawn at process start: tells a restarted node from a second link.</param>
public sealed record LinkHello(string Chain, Address Address, Hash256 Nonce, ImmutableArray<byte> Ephemeral, ulong Instance)
{
    /// <summary>The version this build speaks. It changes with anything that two nodes must agree on.</summary>
    public const uint ProtocolVersion = 1;

    internal static LinkHello? TryRead(Hello message) =>
        message.Address.Length == Address.Size && message.Nonce.Length == Hash256.Size && message.Ephemeral.Length == LinkKeys.PointBytes
            ? new LinkHello(message.Chain, new Address(message.Address.Span), new Hash256(message.Nonce.Span), [.. message.Ephemeral.Span], message.Instance)
            : null;

    internal Hello ToWire() => new()
    {
        Version = ProtocolVersion,
        Chain = Chain,
        Address = ByteString.CopyFrom(Address.ToArray()),
        Nonce = ByteString.CopyFrom(Nonce.ToArray()),
        Ephemeral = ByteString.CopyFrom(Ephemeral.AsSpan()),
        Instance = Instance,
    };
}

/// <summary>Both hellos of one handshake: what the proofs sign and the keys are bound to.</summary>
public sealed record Transcript(LinkHello Dialer, LinkHello Listener)
{
    private const string Domain = "videomesh/link/1";

    /// <summary>What the end in <paramref name="signer"/>'s role signs. The role is inside, so that no proof serves the other end.</summary>
    public Hash256 Digest(LinkRole signer) => Encode(signer == LinkRole.Dialer ? "dialer" : "listener");

    /// <summary>What the keys are bound to.</summary>
    public Hash256 Binding() => Encode("keys");

    private Hash256 Encode(string purpose)
    {
        var writer = new RlpWriter().StartList().Text(Domain).Text(purpose).Number(LinkHello.ProtocolVersion).Text(Dialer.Chain);
        Write(writer, Dialer);
        Write(writer, Listener);
        return writer.EndList().Keccak();
    }

    private static void Write(RlpWriter writer, LinkHello hello) =>
        writer.StartList().Address(hello.Address).Hash(hello.Nonce).Bytes(hello.Ephemeral.AsSpan()).Number(hello.Instance).EndList();
}
