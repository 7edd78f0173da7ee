using System.Numerics;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Primitives;
using VideoMesh.Chain.Wallets;

namespace VideoMesh.Chain.Tests.Wallets;

public sealed class HdKeysTests
{
    private const string Base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private const string Seed1 = "000102030405060708090a0b0c0d0e0f";
    private const string Seed2 =
        "fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542";
    private const string Seed3 =
        "4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2e5a3c51c73235be";
    private const string Seed4 = "3ddd5602285899a946114506157c7997e5444528f3003f6134712147db19b678";

    [Theory]
    [InlineData(Seed1, "m", "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8")]
    [InlineData(Seed1, "m/0'", "xpub68Gmy5EdvgibQVfPdqkBBCHxA5htiqg55crXYuXoQRKfDBFA1WEjWgP6LHhwBZeNK1VTsfTFUHCdrfp1bgwQ9xv5ski8PX9rL2dZXvgGDnw")]
    [InlineData(Seed1, "m/0'/1", "xpub6ASuArnXKPbfEwhqN6e3mwBcDTgzisQN1wXN9BJcM47sSikHjJf3UFHKkNAWbWMiGj7Wf5uMash7SyYq527Hqck2AxYysAA7xmALppuCkwQ")]
    [InlineData(Seed1, "m/0'/1/2'", "xpub6D4BDPcP2GT577Vvch3R8wDkScZWzQzMMUm3PWbmWvVJrZwQY4VUNgqFJPMM3No2dFDFGTsxxpG5uJh7n7epu4trkrX7x7DogT5Uv6fcLW5")]
    [InlineData(Seed1, "m/0'/1/2'/2", "xpub6FHa3pjLCk84BayeJxFW2SP4XRrFd1JYnxeLeU8EqN3vDfZmbqBqaGJAyiLjTAwm6ZLRQUMv1ZACTj37sR62cfN7fe5JnJ7dh8zL4fiyLHV")]
    [InlineData(Seed1, "m/0'/1/2'/2/1000000000", "xpub6H1LXWLaKsWFhvm6RVpEL9P4KfRZSW7abD2ttkWP3SSQvnyA8FSVqNTEcYFgJS2UaFcxupHiYkro49S8yGasTvXEYBVPamhGW6cFJodrTHy")]
    [InlineData(Seed2, "m", "xpub661MyMwAqRbcFW31YEwpkMuc5THy2PSt5bDMsktWQcFF8syAmRUapSCGu8ED9W6oDMSgv6Zz8idoc4a6mr8BDzTJY47LJhkJ8UB7WEGuduB")]
    [InlineData(Seed2, "m/0", "xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6r1D3tgFxHmwMkQTPH")]
    [InlineData(Seed2, "m/0/2147483647'", "xpub6ASAVgeehLbnwdqV6UKMHVzgqAG8Gr6riv3Fxxpj8ksbH9ebxaEyBLZ85ySDhKiLDBrQSARLq1uNRts8RuJiHjaDMBU4Zn9h8LZNnBC5y4a")]
    [InlineData(Seed2, "m/0/2147483647'/1", "xpub6DF8uhdarytz3FWdA8TvFSvvAh8dP3283MY7p2V4SeE2wyWmG5mg5EwVvmdMVCQcoNJxGoWaU9DCWh89LojfZ537wTfunKau47EL2dhHKon")]
    [InlineData(Seed2, "m/0/2147483647'/1/2147483646'", "xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRjaDMzQLcgJvLJuZZvRcEL")]
    [InlineData(Seed2, "m/0/2147483647'/1/2147483646'/2", "xpub6FnCn6nSzZAw5Tw7cgR9bi15UV96gLZhjDstkXXxvCLsUXBGXPdSnLFbdpq8p9HmGsApME5hQTZ3emM2rnY5agb9rXpVGyy3bdW6EEgAtqt")]
    [InlineData(Seed3, "m", "xpub661MyMwAqRbcEZVB4dScxMAdx6d4nFc9nvyvH3v4gJL378CSRZiYmhRoP7mBy6gSPSCYk6SzXPTf3ND1cZAceL7SfJ1Z3GC8vBgp2epUt13")]
    [InlineData(Seed3, "m/0'", "xpub68NZiKmJWnxxS6aaHmn81bvJeTESw724CRDs6HbuccFQN9Ku14VQrADWgqbhhTHBaohPX4CjNLf9fq9MYo6oDaPPLPxSb7gwQN3ih19Zm4Y")]
    [InlineData(Seed4, "m", "xpub661MyMwAqRbcGczjuMoRm6dXaLDEhW1u34gKenbeYqAix21mdUKJyuyu5F1rzYGVxyL6tmgBUAEPrEz92mBXjByMRiJdba9wpnN37RLLAXa")]
    [InlineData(Seed4, "m/0'", "xpub69AUMk3qDBi3uW1sXgjCmVjJ2G6WQoYSnNHyzkmdCHEhSZ4tBok37xfFEqHd2AddP56Tqp4o56AePAgCjYdvpW2PU2jbUPFKsav5ut6Ch1m")]
    [InlineData(Seed4, "m/0'/1'", "xpub6BJA1jSqiukeaesWfxe6sNK9CCGaujFFSJLomWHprUL9DePQ4JDkM5d88n49sMGJxrhpjazuXYWdMf17C9T5XnxkopaeS7jGk1GyyVziaMt")]
    public void Derives_the_keys_of_the_published_vectors(string seed, string path, string extendedPublicKey)
    {
        using var key = HdKeys.Derive(A.Hex(seed), DerivationPath.Parse(path));

        Assert.Equal(PublicKeyIn(extendedPublicKey), key.PublicKey.ToString());
    }

    [Theory]
    [InlineData("m")]
    [InlineData("m/0")]
    [InlineData("m/44'/60'/0'/0/0")]
    [InlineData("m/2147483647'/2147483647")]
    public void Paths_are_written_as_they_are_read(string path) => Assert.Equal(path, DerivationPath.Parse(path).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("0/1")]
    [InlineData("M/0")]
    [InlineData("m/")]
    [InlineData("m//0")]
    [InlineData("m/-1")]
    [InlineData("m/'")]
    [InlineData("m/0''")]
    [InlineData("m/ 0")]
    [InlineData("m/2147483648")]
    [InlineData("m/4294967296")]
    [InlineData("m/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0")]
    public void Refuses_what_is_no_path(string path) =>
        Assert.Equal(WalletRefusal.BadPath, Assert.Throws<WalletException>(() => DerivationPath.Parse(path)).Reason);

    // version, depth, parent, number, chain code, then the key and four bytes of checksum
    private static string PublicKeyIn(string extended)
    {
        var number = extended.Aggregate(BigInteger.Zero, (sum, digit) => (sum * 58) + Base58.IndexOf(digit, StringComparison.Ordinal));
        return Convert.ToHexStringLower(number.ToByteArray(isUnsigned: true, isBigEndian: true)[^37..^4]);
    }
}
