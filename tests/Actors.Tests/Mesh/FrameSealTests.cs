using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Actors.Mesh;

namespace VideoMesh.Actors.Tests.Mesh;

public sealed class FrameSealTests : IDisposable
{
    private static readonly byte[] s_key = [.. Enumerable.Range(0, FrameSeal.KeyBytes).Select(i => (byte)i)];

    private readonly FrameSeal _sender = new(s_key);
    private readonly FrameSeal _receiver = new(s_key);

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    [Fact]
    public void Frames_open_in_the_order_they_were_sealed()
    {
        foreach (var frame in Enumerable.Range(0, 50).Select(i => new byte[i]))
        {
            Assert.Equal(frame, _receiver.TryOpen(_sender.Seal(frame))!);
        }
    }

    [Fact]
    public void A_replayed_frame_does_not_open()
    {
        var frame = _sender.Seal([1]);
        Assert.NotNull(_receiver.TryOpen(frame));
        Assert.Null(_receiver.TryOpen(frame));
    }

    [Fact]
    public void A_frame_that_overtook_another_does_not_open()
    {
        _sender.Seal([1]);
        Assert.Null(_receiver.TryOpen(_sender.Seal([2])));
    }

    [Fact]
    public void A_frame_with_any_byte_changed_does_not_open() =>
        Prop.ForAll(A.Mutants([1, 2, 3, 4, 5, 6, 7, 8]).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (plain, bit) =>
        {
            using var sender = new FrameSeal(s_key);
            using var receiver = new FrameSeal(s_key);
            var frame = sender.Seal(plain);
            var forged = frame.ToArray();
            forged[bit / 8 % forged.Length] ^= (byte)(1 << (bit % 8));
            return receiver.TryOpen(forged) is null && receiver.TryOpen(frame) is not null;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Random_bytes_do_not_open_and_never_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => _receiver.TryOpen(bytes) is null).QuickCheckThrowOnFailure();
}
