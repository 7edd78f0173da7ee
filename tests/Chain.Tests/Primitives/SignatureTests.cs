using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Primitives;

public sealed class SignatureTests
{
    private static readonly BigInteger Order =
        BigInteger.Parse("00fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", System.Globalization.NumberStyles.HexNumber);

    [Theory]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000001", "Satoshi Nakamoto",
        "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d82442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5")]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000001",
        "All those moments will be lost in time, like tears in rain. Time to die...",
        "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21")]
    [InlineData(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto",
        "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d06b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5")]
    [InlineData(
        "f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181", "Alan Turing",
        "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea")]
    public void Signs_as_RFC_6979_prescribes_with_SHA_256(string secret, string message, string rs)
    {
        using var key = A.Key(secret);
        var digest = new Hash256(SHA256.HashData(Encoding.UTF8.GetBytes(message)));

        Assert.Equal(rs, Convert.ToHexStringLower(key.Sign(digest).ToArray().AsSpan(0, 64)));
    }

    [Fact]
    public void Signs_the_example_of_EIP_155_as_Ethereum_does()
    {
        using var key = A.Key("4646464646464646464646464646464646464646464646464646464646464646");

        var signature = key.Sign(Hash256.Parse("0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"));

        Assert.Equal(
            "0x28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa63627667cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d8300",
            signature.ToString());
    }

    [Fact]
    public void Recovers_the_example_of_go_ethereum()
    {
        Assert.True(PublicKey.TryParse(
            A.Hex("04e32df42865e97135acfb65f3bae71bdc86f4d49150ad6a440b6f15878109880a0a2b2667f7e725ceea70c673093bf67663e0312623c8e091b13cf2c0f11ef652"),
            out var expected));
        var digest = Hash256.Parse("0xce0677bb30baa8cf067c88db9811f4333d131bf8bcf12fe7065d211dce971008");
        var signature = Signature.Parse(
            A.Hex("90f27b8b488db00b00606796d2987f6a5f59ae62ea05effe84fef5b8b0e549984a691139ad57a3f0b906637673aa2f63d1f55cb1a69199d4009eea23ceaddc9301"));

        Assert.True(signature.TryRecover(digest, out var signer));
        Assert.Equal(expected.Address, signer);
        Assert.True(expected.Verify(digest, signature));
    }

    [Fact]
    public void Whatever_is_signed_recovers_to_the_signer_and_to_nobody_for_another_digest() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), data =>
        {
            using var key = PrivateKey.Create();
            var digest = Keccak.Hash(data);
            var other = Keccak.Hash([.. data, 1]);
            var signature = key.Sign(digest);
            return signature.TryRecover(digest, out var signer) && signer == key.Address
                && key.PublicKey.Verify(digest, signature)
                && !key.PublicKey.Verify(other, signature)
                && !(signature.TryRecover(other, out var stranger) && stranger == key.Address);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Another_implementation_of_the_curve_accepts_our_signatures()
    {
        using var key = PrivateKey.Create();
        var point = key.PublicKey.ToUncompressedArray();
        using var openSsl = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.CreateFromFriendlyName("secp256k1"),
            Q = new ECPoint { X = point[1..33], Y = point[33..] },
        });

        for (var i = 0; i < 50; i++)
        {
            var digest = Keccak.Hash(BitConverter.GetBytes(i));
            Assert.True(openSsl.VerifyHash(digest.ToArray(), key.Sign(digest).ToArray().AsSpan(0, 64)));
        }
    }

    [Fact]
    public void No_byte_of_a_signature_can_be_altered_unnoticed()
    {
        using var key = PrivateKey.Create();
        var digest = Keccak.Hash("pay"u8);
        var valid = key.Sign(digest).ToArray();
        for (var at = 0; at < valid.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var altered = (byte[])valid.Clone();
                altered[at] ^= (byte)(1 << bit);
                if (Signature.TryParse(altered, out var signature, out _))
                {
                    Assert.False(key.PublicKey.Verify(digest, signature));
                    Assert.False(signature.TryRecover(digest, out var signer) && signer == key.Address);
                }
            }
        }
    }

    [Fact]
    public void Refuses_the_high_twin_of_a_signature()
    {
        using var key = A.Key(1);
        var twin = key.Sign(Keccak.Hash("pay"u8)).ToArray();
        var s = Order - new BigInteger(twin.AsSpan(32, 32), isUnsigned: true, isBigEndian: true);
        Put(s, twin.AsSpan(32, 32));
        twin[64] ^= 1;

        Refuses(SignatureRefusal.HighS, twin);
    }

    [Fact]
    public void The_border_of_low_S_is_half_the_order()
    {
        Refuses(SignatureRefusal.HighS, Wire(1, (Order / 2) + 1, 0));
        Assert.True(Signature.TryParse(Wire(1, Order / 2, 1), out _, out _));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(27)]
    [InlineData(28)]
    [InlineData(255)]
    public void Refuses_a_recovery_id_other_than_0_and_1(byte v) => Refuses(SignatureRefusal.RecoveryIdOutOfRange, Wire(1, 1, v));

    [Fact]
    public void Refuses_r_and_s_outside_the_order()
    {
        var beyond = BigInteger.Pow(2, 256) - 1;
        Refuses(SignatureRefusal.ROutOfRange, Wire(0, 1, 0));
        Refuses(SignatureRefusal.ROutOfRange, Wire(Order, 1, 0));
        Refuses(SignatureRefusal.ROutOfRange, Wire(beyond, 1, 0));
        Refuses(SignatureRefusal.SOutOfRange, Wire(1, 0, 0));
        Refuses(SignatureRefusal.SOutOfRange, Wire(1, Order, 0));
        Refuses(SignatureRefusal.SOutOfRange, Wire(1, beyond, 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    [InlineData(66)]
    public void Refuses_another_length(int length) => Refuses(SignatureRefusal.WrongLength, new byte[length]);

    [Fact]
    public void The_default_value_is_nobodys_signature()
    {
        using var key = A.Key(1);

        Assert.False(default(Signature).TryRecover(default, out _));
        Assert.False(key.PublicKey.Verify(default, default));
    }

    [Fact]
    public void An_r_that_is_no_point_of_the_curve_recovers_nobody()
    {
        // x = 5 is the smallest abscissa without a point on y² = x³ + 7.
        Assert.True(Signature.TryParse(Wire(5, 1, 0), out var signature, out _));
        Assert.False(signature.TryRecover(Keccak.Hash("pay"u8), out var signer));
        Assert.Equal(default, signer);
    }

    [Fact]
    public void Any_65_bytes_are_refused_by_name_or_recovered_without_harm() =>
        Prop.ForAll(Gen.ArrayOf(Gen.Choose(0, 255), Signature.Size).ToArbitrary(), values =>
        {
            var bytes = values.Select(v => (byte)v).ToArray();
            bytes[64] &= 3;
            if (!Signature.TryParse(bytes, out var signature, out var refusal))
            {
                return refusal.Value.Sentence().Length > 0;
            }

            _ = signature.TryRecover(Keccak.Hash(bytes), out _);
            return signature.ToArray().SequenceEqual(bytes);
        }).QuickCheckThrowOnFailure();

    private static void Refuses(SignatureRefusal expected, byte[] wire)
    {
        Assert.False(Signature.TryParse(wire, out var signature, out var refusal));
        Assert.Equal(expected, refusal);
        Assert.Equal(default, signature);
        Assert.Equal(expected.Sentence(), Assert.Throws<FormatException>(() => Signature.Parse(wire)).Message);
    }

    private static byte[] Wire(BigInteger r, BigInteger s, byte v)
    {
        var wire = new byte[Signature.Size];
        Put(r, wire.AsSpan(0, 32));
        Put(s, wire.AsSpan(32, 32));
        wire[64] = v;
        return wire;
    }

    private static void Put(BigInteger number, Span<byte> field)
    {
        var digits = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        field.Clear();
        digits.CopyTo(field[(field.Length - digits.Length)..]);
    }
}
