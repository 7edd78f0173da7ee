using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;

namespace VideoMesh.Chain.Tests.Store;

public sealed class SigningRecordTests : IDisposable
{
    private const int SlotBytes = 256 << 10;

    private readonly string _folder = Directory.CreateTempSubdirectory("videomesh-signed-").FullName;

    private string RecordPath => Path.Combine(_folder, "signed.record");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>What a verifier signs at a height, in the first round.</summary>
    internal static ConsensusRecord Record(ulong height) => new(
        new SigningPlace(height, 0, SigningStep.Prevote), new RoundBlock(0, Keccak.Hash(BitConverter.GetBytes(height))), Valid: null, ValidHeader: default, Proposal: null, Votes: []);

    [Fact]
    public void The_last_record_is_there_after_it_is_opened_again()
    {
        foreach (ulong height in new[] { 1, 2, 3 })
        {
            using var file = SigningRecordFile.Open(RecordPath);
            Assert.Equal(height == 1 ? null : Record(height - 1).Encode(), file.Last?.Encode());
            file.Write(Record(height));
            Assert.Equal(height, file.Last!.Place.Height);
        }
    }

    [Fact]
    public void A_record_with_all_votes_of_the_largest_pool_fits()
    {
        using var key = PrivateKey.Create();
        var votes = Enumerable.Range(0, 6 * VoterSet.MaxVoters).Select(round => Vote.Sign("chain", ulong.MaxValue, (uint)round, VoteStep.Prevote, Keccak.Hash("block"u8), key));
        using var file = SigningRecordFile.Open(RecordPath);

        file.Write(Record(7) with { Votes = [.. votes], ValidHeader = new byte[VideoMesh.Chain.Blocks.BlockHeader.MaxBytes] });

        Assert.Equal(6 * VoterSet.MaxVoters, file.Last!.Votes.Length);
    }

    [Fact]
    public void Two_verifiers_do_not_share_one()
    {
        using var file = SigningRecordFile.Open(RecordPath);

        Assert.Equal(StoreFailure.InUse, Assert.Throws<StoreException>(() => SigningRecordFile.Open(RecordPath)).Reason);
    }

    [Fact]
    public void A_torn_write_leaves_the_record_before_whatever_of_it_reached_the_disk()
    {
        Write(heights: 4);
        var before = File.ReadAllBytes(RecordPath);
        Write(heights: 5, from: 5);
        var after = File.ReadAllBytes(RecordPath);
        var length = Record(5).Encode().Length + 48;
        var places = new HashSet<ulong>();
        for (var cut = 0; cut <= length; cut += 7)
        {
            // the fifth write went to the second slot
            var torn = (byte[])before.Clone();
            after.AsSpan(SlotBytes, Math.Min(cut, length)).CopyTo(torn.AsSpan(SlotBytes));
            File.WriteAllBytes(RecordPath, torn);
            using var file = SigningRecordFile.Open(RecordPath);
            places.Add(file.Last!.Place.Height);
            file.Write(Record(6));
        }

        Assert.Contains(4ul, places);
        Assert.All(places, height => Assert.InRange(height, 4ul, 5ul));
    }

    [Fact]
    public void A_torn_first_write_is_no_write()
    {
        Write(heights: 1);
        var torn = File.ReadAllBytes(RecordPath);
        torn[SlotBytes + 60] ^= 1;
        File.WriteAllBytes(RecordPath, torn);

        using var file = SigningRecordFile.Open(RecordPath);

        Assert.Null(file.Last);
    }

    [Fact]
    public void A_verifier_that_cannot_know_what_it_signed_does_not_start()
    {
        Write(heights: 2);
        var damaged = File.ReadAllBytes(RecordPath);
        damaged[60] ^= 1;
        damaged[SlotBytes + 60] ^= 1;
        File.WriteAllBytes(RecordPath, damaged);

        Assert.Equal(StoreFailure.Corrupt, Assert.Throws<StoreException>(() => SigningRecordFile.Open(RecordPath)).Reason);
        File.WriteAllText(RecordPath, new string('x', 3 * SlotBytes));
        Assert.Equal(StoreFailure.Corrupt, Assert.Throws<StoreException>(() => SigningRecordFile.Open(RecordPath)).Reason);
    }

    [Fact]
    public void A_killed_process_forgets_nothing_it_was_told_is_written()
    {
        using var writer = Child.Start("sign", RecordPath);
        var told = 0L;
        while (told < 100)
        {
            told = writer.ReadNumber();
        }

        told = writer.Kill()[..^1].Select(long.Parse).Append(told).Max();

        using var file = SigningRecordFile.Open(RecordPath);
        Assert.InRange((long)file.Last!.Place.Height, told, told + 1);
    }

    private void Write(ulong heights, ulong from = 1)
    {
        using var file = SigningRecordFile.Open(RecordPath);
        for (var height = from; height <= heights; height++)
        {
            file.Write(Record(height));
        }
    }
}
