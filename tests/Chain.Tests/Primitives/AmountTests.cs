using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Primitives;

public sealed class AmountTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1500000000", 1_500_000_000)]
    [InlineData("1.5VID", 1_500_000_000)]
    [InlineData("1.5 vid", 1_500_000_000)]
    [InlineData(" 2 VID ", 2_000_000_000)]
    [InlineData("0.000000001VID", 1)]
    [InlineData("18446744073.709551615VID", ulong.MaxValue)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    public void Reads_VID_and_plain_nano_VID(string text, ulong nano)
    {
        Assert.True(Amount.TryParse(text, out var amount));
        Assert.Equal(nano, amount.Nano);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("VID")]
    [InlineData("-1")]
    [InlineData("-1VID")]
    [InlineData("+1")]
    [InlineData("1.5")]
    [InlineData("1,5VID")]
    [InlineData("1.VID")]
    [InlineData(".5VID")]
    [InlineData("1.2.3VID")]
    [InlineData("0.0000000001VID")]
    [InlineData("1e9")]
    [InlineData("0x10")]
    [InlineData("18446744073.709551616VID")]
    [InlineData("18446744073709551616")]
    [InlineData("1 ETH")]
    public void Refuses_what_is_no_amount(string? text) => Assert.False(Amount.TryParse(text, out _));

    [Fact]
    public void Is_written_as_it_is_read() => Prop.ForAll<ulong>(nano =>
    {
        var amount = new Amount(nano);
        return Amount.TryParse(amount.ToString(), out var read) && read == amount;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Never_wraps_around()
    {
        var most = new Amount(ulong.MaxValue);
        Assert.Throws<OverflowException>(() => most + new Amount(1));
        Assert.Throws<OverflowException>(() => Amount.Zero - new Amount(1));
        Assert.Throws<OverflowException>(() => most * 2);
        Assert.Throws<OverflowException>(() => Amount.FromVid(ulong.MaxValue));
        Assert.Throws<OverflowException>(() => most.Share(2, 1));
        Assert.False(most.TryAdd(new Amount(1), out _));
        Assert.False(Amount.Zero.TrySubtract(new Amount(1), out _));
    }

    [Fact]
    public void A_share_is_exact_however_large_the_amount()
    {
        Assert.Equal(new Amount(ulong.MaxValue), new Amount(ulong.MaxValue).Share(100, 100));
        Assert.Equal(new Amount(ulong.MaxValue / 2), new Amount(ulong.MaxValue).Share(1, 2));
        Assert.Equal(new Amount(33), new Amount(100).Share(1, 3));
    }
}
