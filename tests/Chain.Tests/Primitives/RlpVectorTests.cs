using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Primitives;

/// <summary>The vectors of github.com/ethereum/tests, RLPTests: text is itself, <c>0x…</c> are bytes, numbers and <c>#…</c> are integers.</summary>
public sealed class RlpVectorTests
{
    [Theory]
    [InlineData("\"\"", "80")]
    [InlineData("\"\\u0000\"", "00")]
    [InlineData("\"\\u0001\"", "01")]
    [InlineData("\"\\u007F\"", "7f")]
    [InlineData("\"dog\"", "83646f67")]
    [InlineData(
        "\"Lorem ipsum dolor sit amet, consectetur adipisicing eli\"",
        "b74c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656c69")]
    [InlineData(
        "\"Lorem ipsum dolor sit amet, consectetur adipisicing elit\"",
        "b8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656c6974")]
    [InlineData("0", "80")]
    [InlineData("1", "01")]
    [InlineData("16", "10")]
    [InlineData("79", "4f")]
    [InlineData("127", "7f")]
    [InlineData("128", "8180")]
    [InlineData("1000", "8203e8")]
    [InlineData("100000", "830186a0")]
    [InlineData("\"#83729609699884896815286331701780722\"", "8f102030405060708090a0b0c0d0e0f2")]
    [InlineData(
        "\"#105315505618206987246253880190783558935785933862974822347068935681\"", "9c0100020003000400050006000700080009000a000b000c000d000e01")]
    [InlineData(
        "\"#115792089237316195423570985008687907853269984665640564039457584007913129639936\"",
        "a1010000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("[]", "c0")]
    [InlineData("[\"dog\",\"god\",\"cat\"]", "cc83646f6783676f6483636174")]
    [InlineData("[\"zw\",[4],1]", "c6827a77c10401")]
    [InlineData(
        "[\"asdf\",\"qwer\",\"zxcv\",\"asdf\",\"qwer\",\"zxcv\",\"asdf\",\"qwer\",\"zxcv\",\"asdf\",\"qwer\"]",
        "f784617364668471776572847a78637684617364668471776572847a78637684617364668471776572847a78637684617364668471776572")]
    [InlineData("[[[],[]],[]]", "c4c2c0c0c0")]
    [InlineData("[[],[[]],[[],[[]]]]", "c7c0c1c0c3c0c1c0")]
    [InlineData(
        "[[\"key1\",\"val1\"],[\"key2\",\"val2\"],[\"key3\",\"val3\"],[\"key4\",\"val4\"]]",
        "ecca846b6579318476616c31ca846b6579328476616c32ca846b6579338476616c33ca846b6579348476616c34")]
    public void Writes_and_reads_the_official_vectors(string item, string encoded) => Agrees(item, encoded);

    [Theory]
    [InlineData(4, "f840")]
    [InlineData(32, "f90200")]
    public void Writes_and_reads_the_official_long_lists(int items, string header) =>
        Agrees(
            $"[{string.Join(',', Enumerable.Repeat("[\"asdf\",\"qwer\",\"zxcv\"]", items))}]",
            header + string.Concat(Enumerable.Repeat("cf84617364668471776572847a786376", items)));

    [Fact]
    public void Writes_and_reads_a_string_of_1024_bytes() =>
        Agrees($"\"{new string('v', 1024)}\"", "b90400" + string.Concat(Enumerable.Repeat("76", 1024)));

    [Theory]
    [InlineData("bf0f000000000000021111", RlpRefusal.Truncated)]
    [InlineData("ff0f000000000000021111", RlpRefusal.Truncated)]
    [InlineData("f80180", RlpRefusal.NonCanonicalLength)]
    [InlineData("f80100", RlpRefusal.NonCanonicalLength)]
    [InlineData("b9002100dc2b275d0f74e8a53e6f4ec61b27f24278820be3f82ea2110e582081b0565df0", RlpRefusal.NonCanonicalLength)]
    [InlineData(
        "f861f83eb9002100dc2b275d0f74e8a53e6f4ec61b27f24278820be3f82ea2110e582081b0565df027b90015002d5ef8325ae4d034df55d4b58d0dfba64d61ddd17be00000b9001a00dae30907045a2f66fa36f2bb8aa9029cbb0b8a7b3b5c435ab331",
        RlpRefusal.NonCanonicalLength)]
    [InlineData("8100", RlpRefusal.NonCanonicalByte)]
    [InlineData("8101", RlpRefusal.NonCanonicalByte)]
    [InlineData("817f", RlpRefusal.NonCanonicalByte)]
    [InlineData(
        "b90040000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
        RlpRefusal.NonCanonicalLength)]
    [InlineData("b800", RlpRefusal.NonCanonicalLength)]
    [InlineData(
        "fb00000040000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
        RlpRefusal.NonCanonicalLength)]
    [InlineData("f800", RlpRefusal.NonCanonicalLength)]
    [InlineData("b81000112233445566778899aabbccddeeff", RlpRefusal.NonCanonicalLength)]
    [InlineData("b801ff", RlpRefusal.NonCanonicalLength)]
    [InlineData("f810000102030405060708090a0b0c0d0e0f", RlpRefusal.NonCanonicalLength)]
    [InlineData("f803112233", RlpRefusal.NonCanonicalLength)]
    [InlineData("", RlpRefusal.Truncated)]
    [InlineData("83646f", RlpRefusal.Truncated)]
    [InlineData("c3646f", RlpRefusal.Truncated)]
    [InlineData("b8", RlpRefusal.Truncated)]
    [InlineData("b90100", RlpRefusal.Truncated)]
    [InlineData("c0c0", RlpRefusal.TrailingBytes)]
    [InlineData("c0ff", RlpRefusal.TrailingBytes)]
    public void Refuses_the_official_invalid_inputs_and_some_more_by_name(string encoded, RlpRefusal reason)
    {
        var refusal = Assert.Throws<RlpException>(() => RlpTree.Read(A.Hex(encoded)));

        Assert.Equal(reason, refusal.Reason);
    }

    private static void Agrees(string json, string encoded)
    {
        using var document = JsonDocument.Parse(json);
        var tree = Tree(document.RootElement);

        Assert.Equal(encoded, Convert.ToHexStringLower(tree.Write()));
        Assert.Equal(tree.ToString(), RlpTree.Read(A.Hex(encoded)).ToString());
    }

    private static RlpTree Tree(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => RlpTree.List([.. element.EnumerateArray().Select(Tree)]),
        JsonValueKind.Number => RlpTree.Leaf(Integer(element.GetInt64())),
        _ when element.GetString()! is ['#', .. var digits] => RlpTree.Leaf(Integer(BigInteger.Parse(digits, CultureInfo.InvariantCulture))),
        _ => RlpTree.Leaf(Encoding.UTF8.GetBytes(element.GetString()!)),
    };

    private static byte[] Integer(BigInteger value) => value.IsZero ? [] : value.ToByteArray(isUnsigned: true, isBigEndian: true);
}
