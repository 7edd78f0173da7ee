using System.Text;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Primitives;

public sealed class KeyTests
{
    private const string Order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000001", "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000002", "0x2b5ad5c4795c026514f8317c7a215e218dccd6cf")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000003", "0x6813eb9362372eef6200f3b1dbc3f819671cba69")]
    [InlineData("4646464646464646464646464646464646464646464646464646464646464646", "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f")]
    [InlineData("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80", "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266")]
    public void Has_the_address_Ethereum_gives_it(string secret, string address)
    {
        using var key = A.Key(secret);

        Assert.Equal(address, key.Address.ToString());
    }

    [Fact]
    public void The_key_one_has_the_generator_as_its_public_key()
    {
        using var key = A.Key(1);

        Assert.Equal("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", key.PublicKey.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("000000000000000000000000000000000000000000000000000000000000000001")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData(Order)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void Refuses_what_is_no_key_without_repeating_it(string secret)
    {
        var refusal = Assert.Throws<ArgumentException>(() => A.Key(secret));

        Assert.True(secret.Length < 4 || !refusal.Message.Contains(secret, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Accepts_the_last_key_below_the_order()
    {
        using var key = A.Key(Order[..^1] + "0");

        Assert.Equal("0x80c0dbf239224071c59dd8970ab9d542e3414ab2", key.Address.ToString());
    }

    [Fact]
    public void A_printed_key_names_the_account_and_not_the_secret()
    {
        using var key = A.Key("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

        Assert.Equal("private key of 0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", key.ToString());
        Assert.Equal("private key of 0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", $"{key}");
    }

    [Fact]
    public void No_public_member_hands_out_the_secret()
    {
        var members = typeof(PrivateKey).GetMembers().Where(m => m.DeclaringType == typeof(PrivateKey)).Select(m => m.Name);

        Assert.Equal("Address Create Dispose FromBytes PublicKey Sign Size ToString get_Address get_PublicKey", string.Join(' ', members.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void New_keys_differ()
    {
        var addresses = Enumerable.Range(0, 50).Select(_ =>
        {
            using var key = PrivateKey.Create();
            return key.Address;
        });

        Assert.Equal(50, addresses.Distinct().Count());
    }

    [Fact]
    public void A_disposed_key_signs_no_more_but_its_address_stays()
    {
        var key = A.Key(1);
        key.Dispose();
        key.Dispose();

        Assert.Throws<ObjectDisposedException>(() => key.Sign(Keccak.Hash("late"u8)));
        Assert.Equal("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", key.Address.ToString());
    }

    [Fact]
    public void Public_keys_round_trip_through_both_forms()
    {
        using var key = PrivateKey.Create();

        Assert.True(PublicKey.TryParse(key.PublicKey.ToCompressedArray(), out var compressed));
        Assert.True(PublicKey.TryParse(key.PublicKey.ToUncompressedArray(), out var uncompressed));
        Assert.Equal(key.PublicKey, compressed);
        Assert.Equal(key.PublicKey, uncompressed);
        Assert.Equal(key.Address, uncompressed.Address);
    }

    [Fact]
    public void Refuses_public_keys_of_other_forms_and_points_off_the_curve()
    {
        using var key = A.Key(1);
        var compressed = key.PublicKey.ToCompressedArray();
        var uncompressed = key.PublicKey.ToUncompressedArray();

        Assert.False(PublicKey.TryParse([], out _));
        Assert.False(PublicKey.TryParse(compressed.AsSpan(1), out _));
        Assert.False(PublicKey.TryParse([.. compressed, 0], out _));
        Assert.False(PublicKey.TryParse([4, .. compressed.AsSpan(1)], out _));
        Assert.False(PublicKey.TryParse([(byte)(6 + (uncompressed[64] & 1)), .. uncompressed.AsSpan(1)], out _));
        Assert.False(PublicKey.TryParse(new byte[PublicKey.CompressedSize], out _));
        Assert.False(PublicKey.TryParse([2, .. Enumerable.Repeat((byte)0xff, 32)], out _));
        uncompressed[64] ^= 1;
        Assert.False(PublicKey.TryParse(uncompressed, out _));
    }

    [Fact]
    public void Many_threads_sign_and_recover_with_one_key()
    {
        using var key = PrivateKey.Create();
        var address = key.Address;

        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var digest = Keccak.Hash(Encoding.UTF8.GetBytes($"message {i}"));
            Assert.True(key.Sign(digest).TryRecover(digest, out var signer));
            Assert.Equal(address, signer);
        });
    }

    [Fact]
    public void A_key_disposed_while_others_sign_gives_right_signatures_or_none()
    {
        var digest = Keccak.Hash("race"u8);
        for (var round = 0; round < 20; round++)
        {
            var key = PrivateKey.Create();
            var address = key.Address;
            Parallel.For(0, 8, i =>
            {
                if (i == 3)
                {
                    key.Dispose();
                    return;
                }

                try
                {
                    Assert.True(key.Sign(digest).TryRecover(digest, out var signer) && signer == address);
                }
                catch (ObjectDisposedException)
                {
                }
            });
        }
    }
}
