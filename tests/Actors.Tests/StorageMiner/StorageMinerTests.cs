using VideoMesh.Actors.StorageMiner;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Actors.Tests.StorageMiner;

public sealed class StorageMinerTests
{
    private const long PlentyBytes = 1L << 40;
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Address Client = Account(1);
    private static readonly Address Owner = Account(2);
    private static readonly Manifest Film = Sample();
    private static readonly int FilmBytes = Film.Encode().Length;
    private static readonly ContentHash FilmId = ContentHash.Of(Film.Encode());

    private static StorageMinerState Empty => new(new StorageMinerOptions { CapacityBytes = 1000, KeepFreeBytes = 50 });

    [Fact]
    public void Gives_no_more_room_than_its_capacity_and_its_disk_have()
    {
        var (state, room, _) = Empty.SetAside(Client, 600, PlentyBytes, Noon);

        Assert.Equal(600, room!.Bytes);
        Assert.Equal(StorageRefusal.NoRoom, state.SetAside(Client, 401, PlentyBytes, Noon).Refusal);
        Assert.Equal(StorageRefusal.DiskNearlyFull, state.SetAside(Client, 400, freeBytes: 1049, Noon).Refusal);
        Assert.Null(state.SetAside(Client, 400, freeBytes: 1050, Noon).Refusal);
        Assert.Equal(StorageRefusal.Malformed, Empty.SetAside(Client, 0, PlentyBytes, Noon).Refusal);
    }

    [Fact]
    public void Room_that_nobody_used_is_free_again()
    {
        var (state, room, _) = Empty.SetAside(Client, 1000, PlentyBytes, Noon);

        Assert.Empty(state.Expired(Noon + TimeSpan.FromMinutes(59)));
        Assert.Equal([room!], state.Expired(Noon + TimeSpan.FromHours(1)));
        Assert.Null(state.Release([room!]).SetAside(Client, 1000, PlentyBytes, Noon).Refusal);
    }

    [Fact]
    public void Promises_what_it_has_and_adds_what_comes_later()
    {
        var kept = Empty.Keep(Client, FilmId, Film, FilmBytes, hash => hash == Block(0))!;
        var state = Empty.Apply(kept);

        Assert.Equal([0], kept.Blocks.Select(block => block.Number));
        Assert.Equal(100 + FilmBytes, state.KeptBytes);
        Assert.True(state.IsKept(Block(0)) && state.IsKept(FilmId) && !state.IsKept(Block(1)));

        var more = state.Keep(Client, FilmId, Film, FilmBytes, _ => true)!;
        Assert.Equal([1, 2], more.Blocks.Select(block => block.Number));
        Assert.Equal(300 + FilmBytes, state.Apply(more).KeptBytes);
        Assert.Equal(state.Apply(more).KeptBytes, state.Apply(more).Apply(more).KeptBytes);
    }

    [Fact]
    public void Promises_nothing_beyond_its_capacity_but_counts_the_room_it_had_given_as_free()
    {
        var (full, _, _) = Empty.SetAside(Account(3), 1000, PlentyBytes, Noon);
        Assert.Null(full.Keep(Client, FilmId, Film, FilmBytes, _ => true));
        var (own, _, _) = Empty.SetAside(Client, 1000, PlentyBytes, Noon);
        Assert.NotNull(own.Keep(Client, FilmId, Film, FilmBytes, _ => true));
    }

    [Fact]
    public void Only_a_fresh_order_of_the_owner_removes()
    {
        var state = Empty.Apply(Empty.Keep(Client, FilmId, Film, FilmBytes, _ => true)!);
        var order = new RemovalOrder(FilmId, Account(9), Noon);

        Assert.Equal(StorageRefusal.NotHeld, Empty.JudgeRemoval(order, Owner, Noon));
        Assert.Equal(StorageRefusal.NotOwner, state.JudgeRemoval(order, Client, Noon));
        Assert.Equal(StorageRefusal.NotOwner, state.JudgeRemoval(order, null, Noon));
        Assert.Equal(StorageRefusal.StaleOrder, state.JudgeRemoval(order, Owner, Noon + TimeSpan.FromMinutes(6)));
        Assert.Null(state.JudgeRemoval(order, Owner, Noon));

        var gone = state.Apply(new StorageMinerEvent.Removed(FilmId));
        Assert.Equal((0, false, false), (gone.KeptBytes, gone.IsKept(Block(0)), gone.IsKept(FilmId)));
        Assert.Equal(gone, gone.Apply(new StorageMinerEvent.Removed(FilmId)));
    }

    [Fact]
    public void An_order_is_for_one_miner_of_one_chain()
    {
        var order = new RemovalOrder(FilmId, Account(9), Noon);
        Assert.NotEqual(order.Digest("one"), order.Digest("two"));
        Assert.NotEqual(order.Digest("one"), (order with { Miner = Account(8) }).Digest("one"));
    }

    private static Manifest Sample() => new()
    {
        Owner = Owner, Name = "film", IsFolder = false, Data = 2, Parity = 1, Files = [new("film", 200, 2)],
        Stripes = [new([new(Block(0), 100), new(Block(1), 100), new(Block(2), 100)], Data: 2)],
    };

    private static ContentHash Block(byte number) => ContentHash.Of([number]);

    private static Address Account(byte number) => new(Enumerable.Repeat(number, Address.Size).ToArray());
}
