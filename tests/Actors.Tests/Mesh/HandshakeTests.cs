using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Tests.Mesh;

public sealed class HandshakeTests : IDisposable
{
    private readonly End _dialer = End.Of(LinkRole.Dialer);
    private readonly End _listener = End.Of(LinkRole.Listener);

    public void Dispose()
    {
        _dialer.Dispose();
        _listener.Dispose();
    }

    [Fact]
    public void Two_honest_ends_come_to_the_same_transcript_and_open_each_others_frames()
    {
        Converse(_dialer, _listener);

        var (up, down) = (_dialer.Established, _listener.Established);
        Assert.Equal(up.Transcript.Binding(), down.Transcript.Binding());
        Assert.Equal(_listener.Key.Address, up.Theirs.Address);
        Assert.Equal(_dialer.Key.Address, down.Theirs.Address);
        var (dialerSeals, listenerSeals) = (_dialer.Derive(), _listener.Derive());
        Assert.Equal([1, 2, 3], listenerSeals.Receive.TryOpen(dialerSeals.Send.Seal([1, 2, 3]))!);
        Assert.Equal([4, 5], dialerSeals.Receive.TryOpen(listenerSeals.Send.Seal([4, 5]))!);
        Assert.Null(dialerSeals.Receive.TryOpen(dialerSeals.Send.Seal([6])));
    }

    [Fact]
    public void The_dialer_proves_itself_only_to_somebody_who_has_proved_himself()
    {
        var hello = _dialer.Start().Single();
        var answers = _listener.Hear(hello);

        Assert.Empty(_dialer.Hear(answers[0]));
        Assert.IsType<Proof>(_dialer.Hear(answers[1]).Single());
    }

    [Fact]
    public void Refuses_another_version() =>
        Refuses(LinkRefusal.WrongVersion, _listener, _dialer.Start().OfType<Hello>().Single().With(hello => hello.Version++));

    [Fact]
    public void Refuses_another_chain() =>
        Refuses(LinkRefusal.WrongChain, _listener, _dialer.Start().OfType<Hello>().Single().With(hello => hello.Chain = "other"));

    [Fact]
    public void Refuses_its_own_hello_played_back() => Refuses(LinkRefusal.Reflected, _dialer, _dialer.Start().Single());

    [Fact]
    public void Refuses_its_own_account()
    {
        using var twin = End.Of(LinkRole.Dialer, _listener.Key);
        Refuses(LinkRefusal.SelfDial, _listener, twin.Start().Single());
    }

    [Fact]
    public void Refuses_somebody_else_than_the_one_who_announced_the_url()
    {
        using var expecting = End.Of(LinkRole.Dialer, expected: PrivateKey.Create().Address);
        Refuses(LinkRefusal.UnexpectedAddress, expecting, _listener.Hear(expecting.Start().Single())[0]);
    }

    [Fact]
    public void Refuses_an_ephemeral_key_off_the_curve() =>
        Refuses(LinkRefusal.BadEphemeralKey, _listener, _dialer.Start().OfType<Hello>().Single().With(hello =>
            hello.Ephemeral = ByteString.CopyFrom([4, .. Enumerable.Repeat((byte)7, LinkKeys.PointBytes - 1)])));

    [Fact]
    public void Refuses_fields_of_another_size() =>
        Refuses(LinkRefusal.BadHello, _listener, _dialer.Start().OfType<Hello>().Single().With(hello => hello.Nonce = ByteString.CopyFrom(new byte[31])));

    [Fact]
    public void Refuses_a_replayed_handshake()
    {
        var hello = _dialer.Start().Single();
        var answers = _listener.Hear(hello);
        _dialer.Hear(answers[0]);
        var proof = _dialer.Hear(answers[1]).Single();
        using var again = End.Of(LinkRole.Listener, _listener.Key);

        Assert.Equal(2, again.Hear(hello).Length);
        Refuses(LinkRefusal.ProofInvalid, again, proof);
    }

    [Fact]
    public void Refuses_the_listeners_proof_played_back_to_it()
    {
        var answers = _listener.Hear(_dialer.Start().Single());
        Refuses(LinkRefusal.ProofInvalid, _listener, answers[1]);
    }

    [Fact]
    public void Refuses_a_hello_in_anothers_name()
    {
        var victim = PrivateKey.Create().Address;
        var answers = _listener.Hear(_dialer.Start().OfType<Hello>().Single().With(hello => hello.Address = ByteString.CopyFrom(victim.ToArray())));
        _dialer.Hear(answers[0]);
        var proof = _dialer.Hear(answers[1]);

        // What the dialer signed over is not what the listener heard.
        Assert.Equal(LinkRefusal.ProofInvalid, _dialer.Refusal);
        Assert.Empty(proof);
    }

    [Fact]
    public void Refuses_messages_out_of_order()
    {
        Refuses(LinkRefusal.OutOfPhase, _listener, new Proof());
        Refuses(LinkRefusal.OutOfPhase, _dialer, new Ping());
    }

    [Fact]
    public void A_man_in_the_middle_who_changes_any_bit_is_found_out() =>
        Prop.ForAll(Gen.Choose(0, 3).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (which, bit) =>
        {
            using var dialer = End.Of(LinkRole.Dialer, _dialer.Key);
            using var listener = End.Of(LinkRole.Listener, _listener.Key);
            var sent = 0;
            Converse(dialer, listener, message => sent++ == which ? Flip(message, bit) : message);
            return dialer.State is not HandshakeState.Established || listener.State is not HandshakeState.Established;
        }).Holds(200);

    [Fact]
    public void Arbitrary_handshake_messages_end_in_a_named_refusal_and_never_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<ulong>(), (one, two, number) =>
        {
            using var listener = End.Of(LinkRole.Listener, _listener.Key);
            listener.Hear(new Hello
            {
                Version = LinkHello.ProtocolVersion,
                Chain = MeshNode.Chain,
                Address = ByteString.CopyFrom([.. one.Concat(new byte[Address.Size]).Take(Address.Size)]),
                Nonce = ByteString.CopyFrom([.. two.Concat(new byte[Hash256.Size]).Take(Hash256.Size)]),
                Ephemeral = ByteString.CopyFrom([4, .. two.Concat(one).Concat(new byte[LinkKeys.PointBytes]).Take(LinkKeys.PointBytes - 1)]),
                Instance = number,
            });
            listener.Hear(new Proof { Signature = ByteString.CopyFrom([.. one.Concat(two).Concat(new byte[65]).Take(65)]) });
            return listener.State is HandshakeState.Refused;
        }).QuickCheckThrowOnFailure();

    private static void Refuses(LinkRefusal refusal, End end, IMessage message)
    {
        Assert.Empty(end.Hear(message));
        Assert.Equal(refusal, end.Refusal);
    }

    private static void Converse(End dialer, End listener, Func<IMessage, IMessage>? tamper = null)
    {
        tamper ??= message => message;
        var (toListener, toDialer) = (new Queue<IMessage>(dialer.Start()), new Queue<IMessage>());
        while (toListener.Count + toDialer.Count > 0)
        {
            while (toListener.TryDequeue(out var message))
            {
                foreach (var answer in listener.Hear(tamper(message)))
                {
                    toDialer.Enqueue(answer);
                }
            }

            while (toDialer.TryDequeue(out var message))
            {
                foreach (var answer in dialer.Hear(tamper(message)))
                {
                    toListener.Enqueue(answer);
                }
            }
        }
    }

    private static IMessage Flip(IMessage message, int bit)
    {
        switch (message)
        {
            case Hello hello:
                var field = bit % 4;
                return hello.With(copy =>
                {
                    copy.Address = field == 0 ? Flip(copy.Address, bit) : copy.Address;
                    copy.Nonce = field == 1 ? Flip(copy.Nonce, bit) : copy.Nonce;
                    copy.Ephemeral = field == 2 ? Flip(copy.Ephemeral, bit) : copy.Ephemeral;
                    copy.Instance ^= field == 3 ? 1UL << (bit % 64) : 0;
                });
            default:
                return ((Proof)message).With(copy => copy.Signature = Flip(copy.Signature, bit));
        }
    }

    private static ByteString Flip(ByteString bytes, int bit)
    {
        var copy = bytes.ToByteArray();
        copy[bit / 32 % copy.Length] ^= (byte)(1 << (bit / 4 % 8));
        return ByteString.CopyFrom(copy);
    }

    /// <summary>One end that does what its handshake says.</summary>
    private sealed class End : IDisposable
    {
        private readonly LinkKeys _keys = new();

        private End(LinkRole role, PrivateKey key, Address? expected)
        {
            Key = key;
            State = new HandshakeState.AwaitingHello(role, A.Hello(key, _keys), expected);
        }

        public PrivateKey Key { get; }

        public HandshakeState State { get; private set; }

        public LinkRefusal Refusal => Assert.IsType<HandshakeState.Refused>(State).Refusal;

        public HandshakeState.Established Established => Assert.IsType<HandshakeState.Established>(State);

        public static End Of(LinkRole role, PrivateKey? key = null, Address? expected = null) => new(role, key ?? PrivateKey.Create(), expected);

        public IMessage[] Start() => Perform(Handshake.Start(Assert.IsType<HandshakeState.AwaitingHello>(State)));

        public IMessage[] Hear(IMessage message)
        {
            var decision = Handshake.Decide(State, message);
            State = Handshake.Apply(State, decision.Event);
            return Perform(decision.Effects);
        }

        public (FrameSeal Send, FrameSeal Receive) Derive() => _keys.Derive(Established.Role, Established.Theirs.Ephemeral.AsSpan(), Established.Transcript);

        public void Dispose() => _keys.Dispose();

        private IMessage[] Perform(IEnumerable<HandshakeEffect> effects) =>
            [.. effects.Select(effect => effect switch
            {
                HandshakeEffect.SendHello hello => (IMessage)hello.Mine.ToWire(),
                HandshakeEffect.SendProof proof => new Proof { Signature = ByteString.CopyFrom(Key.Sign(proof.Digest).ToArray()) },
                _ => throw new NotSupportedException(),
            })];
    }
}

internal static class WireEdits
{
    public static T With<T>(this T message, Action<T> edit)
        where T : IMessage<T>
    {
        var copy = message.Clone();
        edit(copy);
        return copy;
    }
}
