using System.Collections.Immutable;
using Google.Protobuf;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>Which end of a link: the one that dialled, or the one that listened.</summary>
public enum LinkRole
{
    Dialer = 1,
    Listener = 2,
}

/// <summary>Where a handshake stands. Each phase is a type with what is known by then.</summary>
public abstract record HandshakeState
{
    private HandshakeState()
    {
    }

    /// <param name="Expected">Whom the dialled URL was announced by; null for a seed and for the listener.</param>
    public sealed record AwaitingHello(LinkRole Role, LinkHello Mine, Address? Expected) : HandshakeState;

    public sealed record AwaitingProof(LinkRole Role, LinkHello Mine, LinkHello Theirs) : HandshakeState
    {
        public Transcript Transcript => Role == LinkRole.Dialer ? new Transcript(Mine, Theirs) : new Transcript(Theirs, Mine);
    }

    /// <summary>Both ends have proved their accounts over this transcript.</summary>
    public sealed record Established(LinkRole Role, LinkHello Theirs, Transcript Transcript) : HandshakeState;

    public sealed record Refused(LinkRefusal Refusal) : HandshakeState;
}

/// <summary>What a message of the other end means for a handshake.</summary>
public abstract record HandshakeEvent
{
    private HandshakeEvent()
    {
    }

    public sealed record HelloAccepted(LinkHello Theirs) : HandshakeEvent;

    public sealed record ProofAccepted : HandshakeEvent;

    public sealed record Refused(LinkRefusal Refusal) : HandshakeEvent;
}

/// <summary>What to send, in order.</summary>
public abstract record HandshakeEffect
{
    private HandshakeEffect()
    {
    }

    public sealed record SendHello(LinkHello Mine) : HandshakeEffect;

    /// <param name="Digest">To be signed with the account key.</param>
    public sealed record SendProof(Hash256 Digest) : HandshakeEffect;
}

/// <summary>The outcome of one message.</summary>
public sealed record HandshakeDecision(HandshakeEvent Event, ImmutableArray<HandshakeEffect> Effects)
{
    internal static HandshakeDecision Refuse(LinkRefusal refusal) => new(new HandshakeEvent.Refused(refusal), []);
}

/// <summary>Mutual challenge and response with account keys. The dialer speaks first and proves itself last:
/// dialer hello → listener hello, listener proof → dialer proof. No I/O, no clock, no chance.</summary>
public static class Handshake
{
    /// <summary>What an end sends before it has heard anything.</summary>
    public static ImmutableArray<HandshakeEffect> Start(HandshakeState.AwaitingHello state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Role == LinkRole.Dialer ? [new HandshakeEffect.SendHello(state.Mine)] : [];
    }

    /// <summary>Judges one decoded message of the other end.</summary>
    public static HandshakeDecision Decide(HandshakeState state, IMessage message) => (state, message) switch
    {
        (HandshakeState.AwaitingHello waiting, Hello hello) => DecideHello(waiting, hello),
        (HandshakeState.AwaitingProof waiting, Proof proof) => DecideProof(waiting, proof),
        _ => HandshakeDecision.Refuse(LinkRefusal.OutOfPhase),
    };

    /// <summary>The state after an event.</summary>
    public static HandshakeState Apply(HandshakeState state, HandshakeEvent happened) => (state, happened) switch
    {
        (_, HandshakeEvent.Refused refused) => new HandshakeState.Refused(refused.Refusal),
        (HandshakeState.AwaitingHello waiting, HandshakeEvent.HelloAccepted hello) => new HandshakeState.AwaitingProof(waiting.Role, waiting.Mine, hello.Theirs),
        (HandshakeState.AwaitingProof waiting, HandshakeEvent.ProofAccepted) => new HandshakeState.Established(waiting.Role, waiting.Theirs, waiting.Transcript),
        _ => new HandshakeState.Refused(LinkRefusal.OutOfPhase),
    };

    private static HandshakeDecision DecideHello(HandshakeState.AwaitingHello state, Hello message)
    {
        // Version and chain first: what follows may mean something else in another version.
        if (message.Version != LinkHello.ProtocolVersion)
        {
            return HandshakeDecision.Refuse(LinkRefusal.WrongVersion);
        }

        if (!string.Equals(message.Chain, state.Mine.Chain, StringComparison.Ordinal))
        {
            return HandshakeDecision.Refuse(LinkRefusal.WrongChain);
        }

        if (LinkHello.TryRead(message) is not { } theirs)
        {
            return HandshakeDecision.Refuse(LinkRefusal.BadHello);
        }

        if (theirs.Nonce == state.Mine.Nonce || theirs.Ephemeral.AsSpan().SequenceEqual(state.Mine.Ephemeral.AsSpan()))
        {
            return HandshakeDecision.Refuse(LinkRefusal.Reflected);
        }

        if (theirs.Address == state.Mine.Address)
        {
            return HandshakeDecision.Refuse(LinkRefusal.SelfDial);
        }

        if (state.Expected is { } expected && theirs.Address != expected)
        {
            return HandshakeDecision.Refuse(LinkRefusal.UnexpectedAddress);
        }

        if (!LinkKeys.IsPoint(theirs.Ephemeral.AsSpan()))
        {
            return HandshakeDecision.Refuse(LinkRefusal.BadEphemeralKey);
        }

        if (state.Role == LinkRole.Dialer)
        {
            return new HandshakeDecision(new HandshakeEvent.HelloAccepted(theirs), []);
        }

        var digest = new Transcript(theirs, state.Mine).Digest(LinkRole.Listener);
        return new HandshakeDecision(
            new HandshakeEvent.HelloAccepted(theirs), [new HandshakeEffect.SendHello(state.Mine), new HandshakeEffect.SendProof(digest)]);
    }

    private static HandshakeDecision DecideProof(HandshakeState.AwaitingProof state, Proof message)
    {
        var transcript = state.Transcript;
        var theirRole = state.Role == LinkRole.Dialer ? LinkRole.Listener : LinkRole.Dialer;
        if (!Signature.TryParse(message.Signature.Span, out var signature, out _)
            || !signature.TryRecover(transcript.Digest(theirRole), out var signer)
            || signer != state.Theirs.Address)
        {
            return HandshakeDecision.Refuse(LinkRefusal.ProofInvalid);
        }

        return new HandshakeDecision(
            new HandshakeEvent.ProofAccepted(),
            state.Role == LinkRole.Dialer ? [new HandshakeEffect.SendProof(transcript.Digest(LinkRole.Dialer))] : []);
    }
}
