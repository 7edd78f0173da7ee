using System.Text;
using System.Text.Json.Nodes;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Primitives;
using VideoMesh.Chain.Wallets;

namespace VideoMesh.Chain.Tests.Wallets;

public sealed class KeystoreTests
{
    private const string WellKnown = "test test test test test test test test test test test junk";

    /// <summary>The one published vector that breaks RFC 7914's own rule, n below 2 to the 16·r, which OpenSSL insists on.</summary>
    private const string Scrypt =
        """{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},"ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt","kdfparams":{"dklen":32,"n":262144,"r":1,"p":8,"salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},"mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}""";

    private const string Pbkdf2 =
        """{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},"ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2","kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},"mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}""";

    private const string ShorterByOne =
        """{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"e0c41130a323adc1446fc82f724bca2f"},"ciphertext":"9517cd5bdbe69076f9bf5057248c6c050141e970efa36ce53692d5d59a3984","kdf":"scrypt","kdfparams":{"dklen":32,"n":2,"r":8,"p":1,"salt":"711f816911c92d649fb4c84b047915679933555030b3552c1212609b38208c63"},"mac":"d5e116151c6aa71470e67a7d42c9620c75c4d23229847dcc127794f0732b0db5"},"id":"fecfc4ce-e956-48fd-953b-30f8b52ed66c","version":3}""";

    private const string ShortKey =
        """{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"3ca92af36ad7c2cd92454c59cea5ef00"},"ciphertext":"108b7d34f3442fc26ab1ab90ca91476ba6bfa8c00975a49ef9051dc675aa","kdf":"scrypt","kdfparams":{"dklen":32,"n":2,"r":8,"p":1,"salt":"d0769e608fb86cda848065642a9c6fa046845c928175662b8e356c77f914cd3b"},"mac":"75d0e6759f7b3cefa319c3be41680ab6beea7d8328653474bd06706d4cc67420"},"id":"a37e1559-5955-450d-8075-7b8931b392b2","version":3}""";

    // written by ethers 6.17, password "pa\u0308sswo\u0308rd"
    private const string Ethers =
        """{"address":"f39fd6e51aad88f6f4ce6ab8827279cfffb92266","id":"c6b73a99-381d-4594-bb04-f6b5f69dc34d","version":3,"Crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"c3d77c2307f6fa393d62b24ba8f1f958"},"ciphertext":"012dd8d5152917403fd98c76a46a8bf979b4e9c49e3cd38b637f6f0a566346f8","kdf":"scrypt","kdfparams":{"salt":"3333071171118bd84e41fdb4e574fbfaac50fa8161d70e48a5e9f37edc70fd28","n":1024,"dklen":32,"p":1,"r":8},"mac":"9aee695e6d40aa41fe4b4bbe9030d1cdcef2abcfd7c2f965af781821319ccb1c"},"x-ethers":{"client":"ethers","gethFilename":"UTC--2026-11-24T12-13-10.0Z--f39fd6e51aad88f6f4ce6ab8827279cfffb92266","path":"m/44'/60'/0'/0/0","locale":"en","mnemonicCounter":"6fbf4785fb6f8023bb31a7a03163faa9","mnemonicCiphertext":"e011680b60f1175f6cf2984aec198e02","version":"0.1"}}""";

    [Theory]
    [InlineData(Pbkdf2, "testpassword", "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d")]
    [InlineData(ShorterByOne, "foo", "00fa7b3db73dc7dfdf8c5fbdb796d741e4488628c41fc4febd9160a866ba0f35")]
    [InlineData(ShortKey, "foo", "000081c29e8142bb6a81bef5a92bda7a8328a5c85bb2f9542e76f9b0f94fc018")]
    public void Opens_the_published_vectors(string json, string password, string secret)
    {
        using var expected = A.Key(secret);
        using var opened = Parse(json).Open(password);

        Assert.Equal(expected.Address, opened.Key.Address);
        Assert.Null(opened.Phrase);
    }

    [Fact]
    public void Opens_the_file_of_another_wallet_with_its_phrase()
    {
        using var opened = Parse(Ethers).Open("p\u00e4ssw\u00f6rd");

        Assert.Equal("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", opened.Key.Address.ToString());
        Assert.Equal(WellKnown, opened.Phrase?.Reveal());
        Assert.Equal("m/44'/60'/0'/0/0", opened.Path?.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("p\u00e4ssw\u00f6rd \u2603")]
    public void What_is_sealed_opens_with_the_same_password_only(string password)
    {
        using var secret = WalletSecret.Of(WordPhrase.Create(24), DerivationPath.Parse("m/44'/60'/1'/0/7"));
        var sealedFile = Keystore.Seal(secret, password, KeystoreCost.Devnet);
        using var opened = Keystore.Parse(sealedFile).Open(password);

        Assert.Equal(secret.Key.Address, opened.Key.Address);
        Assert.Equal(secret.Phrase!.Reveal(), opened.Phrase!.Reveal());
        Assert.Equal("m/44'/60'/1'/0/7", opened.Path!.ToString());
        Assert.Equal(WalletRefusal.WrongPassword, Assert.Throws<WalletException>(() => Keystore.Parse(sealedFile).Open(password + "x")).Reason);
    }

    [Fact]
    public void A_key_without_a_phrase_is_sealed_without_one()
    {
        using var secret = WalletSecret.Of(A.Key(7));
        using var opened = Keystore.Parse(Keystore.Seal(secret, "p", KeystoreCost.Devnet)).Open("p");

        Assert.Equal(secret.Key.Address, opened.Key.Address);
        Assert.Null(opened.Phrase);
    }

    [Fact]
    public void Only_the_cheap_password_hash_is_called_a_devnet_s()
    {
        using var secret = WalletSecret.Of(A.Key(7));

        Assert.True(Keystore.Parse(Keystore.Seal(secret, "", KeystoreCost.Devnet)).IsDevnetGrade);
        Assert.False(Keystore.Parse(Keystore.Seal(secret, "p", KeystoreCost.Standard)).IsDevnetGrade);
        Assert.False(Parse(Pbkdf2).IsDevnetGrade);
    }

    [Theory]
    [InlineData("crypto.kdfparams.n", "134217728", WalletRefusal.KeystoreTooCostly)]
    [InlineData("crypto.kdfparams.r", "2147483647", WalletRefusal.KeystoreTooCostly)]
    [InlineData("crypto.kdfparams.p", "2147483647", WalletRefusal.KeystoreTooCostly)]
    [InlineData("crypto.kdfparams.n", "3", WalletRefusal.KeystoreMalformed)]
    [InlineData("crypto.kdfparams.n", "1", WalletRefusal.KeystoreMalformed)]
    [InlineData("crypto.kdfparams.n", "-2", WalletRefusal.KeystoreMalformed)]
    [InlineData("crypto.kdfparams.n", "1.5", WalletRefusal.KeystoreMalformed)]
    [InlineData("crypto.kdfparams.n", "99999999999", WalletRefusal.KeystoreMalformed)]
    [InlineData("crypto.kdfparams.dklen", "16", WalletRefusal.KeystoreMalformed)]
    [InlineData("crypto.kdfparams.salt", "\"0\"", WalletRefusal.KeystoreMalformed)]
    [InlineData("crypto.kdfparams", "[]", WalletRefusal.KeystoreMalformed)]
    [InlineData("crypto.kdf", "\"argon2id\"", WalletRefusal.KeystoreUnsupported)]
    [InlineData("crypto.cipher", "\"aes-128-cbc\"", WalletRefusal.KeystoreUnsupported)]
    [InlineData("crypto.cipherparams.iv", "\"00\"", WalletRefusal.KeystoreMalformed)]
    [InlineData("crypto.ciphertext", "\"\"", WalletRefusal.KeystoreMalformed)]
    [InlineData("crypto.mac", "\"zz\"", WalletRefusal.KeystoreMalformed)]
    [InlineData("crypto", "null", WalletRefusal.KeystoreMalformed)]
    [InlineData("version", "1", WalletRefusal.KeystoreUnsupported)]
    [InlineData("version", "\"3\"", WalletRefusal.KeystoreMalformed)]
    [InlineData("address", "\"00\"", WalletRefusal.KeystoreMalformed)]
    public void Refuses_a_hostile_file_by_name_before_it_costs_anything(string member, string value, WalletRefusal reason) =>
        Assert.Equal(reason, Assert.Throws<WalletException>(() => Parse(With(ShortKey, member, value))).Reason);

    [Fact]
    public void Refuses_the_vector_whose_scrypt_breaks_its_own_standard() =>
        Assert.Equal(WalletRefusal.KeystoreUnsupported, Assert.Throws<WalletException>(() => Parse(Scrypt)).Reason);

    [Fact]
    public void Refuses_a_password_hash_of_too_many_rounds() =>
        Assert.Equal(
            WalletRefusal.KeystoreTooCostly, Assert.Throws<WalletException>(() => Parse(With(Pbkdf2, "crypto.kdfparams.c", "2000000000"))).Reason);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"version":3,"version":3}""")]
    [InlineData("""{"version":3,"crypto":{"cipher":"\ud800"}}""")]
    [InlineData("""{"\ud800":3}""")]
    public void Refuses_what_is_no_keystore(string json) =>
        Assert.Equal(WalletRefusal.KeystoreMalformed, Assert.Throws<WalletException>(() => Parse(json)).Reason);

    [Fact]
    public void Refuses_a_file_longer_than_any_keystore() =>
        Assert.Equal(WalletRefusal.KeystoreMalformed, Assert.Throws<WalletException>(() => Parse(Scrypt + new string(' ', Keystore.MaxBytes))).Reason);

    [Theory]
    [InlineData("address", "\"0000000000000000000000000000000000000001\"", WalletRefusal.KeystoreMismatch)]
    [InlineData("x-ethers.mnemonicCiphertext", "\"e011680b60f1175f6cf2984aec198e03\"", WalletRefusal.KeystoreMismatch)]
    [InlineData("x-ethers.path", "\"m/44'/60'/0'/0/1\"", WalletRefusal.KeystoreMismatch)]
    [InlineData("Crypto.ciphertext", "\"002dd8d5152917403fd98c76a46a8bf979b4e9c49e3cd38b637f6f0a566346f8\"", WalletRefusal.WrongPassword)]
    public void Refuses_a_file_that_somebody_altered(string member, string value, WalletRefusal reason) =>
        Assert.Equal(reason, Assert.Throws<WalletException>(() => Parse(With(Ethers, member, value)).Open("p\u00e4ssw\u00f6rd")).Reason);

    private static Keystore Parse(string json) => Keystore.Parse(Encoding.UTF8.GetBytes(json));

    private static string With(string json, string member, string value)
    {
        var root = JsonNode.Parse(json)!;
        var parts = member.Split('.');
        var parent = parts.SkipLast(1).Aggregate(root, (node, name) => node[name]!);
        parent[parts[^1]] = JsonNode.Parse(value);
        return root.ToJsonString();
    }
}
