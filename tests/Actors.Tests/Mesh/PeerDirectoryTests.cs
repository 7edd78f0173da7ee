using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Tests.Mesh;

public sealed class PeerDirectoryTests
{
    private static readonly PrivateKey s_self = PrivateKey.Create();
    private static readonly PrivateKey[] s_keys = [.. Enumerable.Range(0, 6).Select(_ => PrivateKey.Create())];

    private readonly PrivateKey _peer = s_keys[0];
    private readonly Address _neighbour = s_keys[1].Address;

    private PeerDirectory Directory { get; set; } = new(s_self.Address, MeshNode.Chain, capacity: 100);

    [Fact]
    public void Keeps_the_newest_of_each_address()
    {
        Assert.IsType<OfferOutcome.Stored>(Offer(A.Announcement(_peer, sequence: 5)));
        Assert.IsType<OfferOutcome.Ignored>(Offer(A.Announcement(_peer, sequence: 5)));
        Assert.IsType<OfferOutcome.Ignored>(Offer(A.Announcement(_peer, sequence: 4)));
        Assert.False(Assert.IsType<OfferOutcome.Stored>(Offer(A.Announcement(_peer, sequence: 6))).ProfileChanged);
        Assert.True(Assert.IsType<OfferOutcome.Stored>(Offer(A.Announcement(_peer, sequence: 7, A.Profile with { Slots = 9 }))).ProfileChanged);
        Assert.Equal(9, Directory.Find(_peer.Address)!.Announcement.Profile.Slots);
        Assert.Equal(1, Directory.Count);
    }

    [Fact]
    public void Only_the_address_itself_can_speak_for_it()
    {
        var forged = A.Announcement(_peer);
        forged.Signature = A.Announcement(s_keys[2]).Signature;

        Assert.Equal(LinkRefusal.AnnouncementForged, RefusalOf(Offer(forged)));
        Assert.Equal(0, Directory.Count);
    }

    [Fact]
    public void Counts_the_lifetime_from_arrival_less_the_age_it_came_with()
    {
        Offer(A.Announcement(_peer).Aged(TimeSpan.FromMinutes(2)), now: TimeSpan.FromMinutes(10));

        Assert.Empty(Directory.Expire(TimeSpan.FromMinutes(12.9)));
        Assert.Equal(_peer.Address, Assert.Single(Directory.Expire(TimeSpan.FromMinutes(13))));
        Assert.Equal(0, Directory.Count);
    }

    [Fact]
    public void Passes_on_the_age_it_has_by_then()
    {
        Offer(A.Announcement(_peer).Aged(TimeSpan.FromMinutes(1)), now: TimeSpan.Zero);

        var wire = PeerDirectory.ToWire(Directory.Find(_peer.Address)!, TimeSpan.FromMinutes(2));

        Assert.Equal(TimeSpan.FromMinutes(3), TimeSpan.FromMilliseconds(wire.AgeMs));
    }

    [Theory]
    [InlineData(-60)]
    [InlineData(60)]
    [InlineData(-89)]
    [InlineData(89)]
    public void A_clock_an_hour_off_does_no_harm(int minutes)
    {
        Offer(A.Announcement(_peer, issued: A.Noon.AddMinutes(minutes)), from: _peer.Address);

        Assert.Empty(Directory.Expire(TimeSpan.FromMinutes(4.9)));
        Assert.Equal(A.Noon.AddMinutes(5), Directory.Find(_peer.Address)!.Announcement.Expires);
    }

    [Theory]
    [InlineData(-120)]
    [InlineData(120)]
    public void An_absurd_clock_is_its_owners_fault_and_not_the_neighbours(int minutes)
    {
        var absurd = A.Announcement(_peer, issued: A.Noon.AddMinutes(minutes));

        Assert.IsType<OfferOutcome.Ignored>(Offer(absurd));
        Assert.Equal(LinkRefusal.ClockAbsurd, RefusalOf(Offer(absurd, from: _peer.Address)));
        Assert.Equal(0, Directory.Count);
    }

    [Fact]
    public void Refuses_what_is_older_than_its_lifetime() =>
        Assert.Equal(LinkRefusal.AnnouncementExpired, RefusalOf(Offer(A.Announcement(_peer).Aged(TimeSpan.FromMinutes(5)))));

    [Fact]
    public void What_has_expired_cannot_be_brought_back_by_others()
    {
        var announcement = A.Announcement(_peer, sequence: 5);
        Offer(announcement);
        Directory.Expire(TimeSpan.FromMinutes(5));

        Assert.IsType<OfferOutcome.Ignored>(Offer(announcement, now: TimeSpan.FromMinutes(6)));
        Assert.IsType<OfferOutcome.Stored>(Offer(A.Announcement(_peer, sequence: 6), now: TimeSpan.FromMinutes(6)));
    }

    [Fact]
    public void A_node_that_comes_back_with_a_slow_clock_is_believed_over_its_own_link()
    {
        Offer(A.Announcement(_peer, sequence: 5));
        Directory.Expire(TimeSpan.FromMinutes(5));

        Assert.IsType<OfferOutcome.Stored>(Offer(A.Announcement(_peer, sequence: 3), from: _peer.Address, now: TimeSpan.FromMinutes(6)));
    }

    [Fact]
    public void A_node_that_fell_behind_itself_is_told_so()
    {
        Offer(A.Announcement(_peer, sequence: 5));

        Assert.Equal(5UL, Assert.IsType<OfferOutcome.Older>(Offer(A.Announcement(_peer, sequence: 3), from: _peer.Address)).Known.Announcement.Sequence);
    }

    [Fact]
    public void Hears_its_own_later_announcement_but_never_lists_itself()
    {
        Assert.IsType<OfferOutcome.Ignored>(Offer(A.Announcement(s_self, sequence: 10)));
        Assert.Equal(11UL, Assert.IsType<OfferOutcome.OwnEcho>(Offer(A.Announcement(s_self, sequence: 11))).Sequence);
        var forged = A.Announcement(s_self, sequence: 12);
        forged.Signature = A.Announcement(_peer).Signature;
        Assert.Equal(LinkRefusal.AnnouncementForged, RefusalOf(Offer(forged)));
        Assert.Equal(0, Directory.Count);
    }

    [Fact]
    public void One_that_invents_nodes_crowds_out_its_own_inventions_only()
    {
        Directory = new PeerDirectory(s_self.Address, MeshNode.Chain, capacity: 10);
        var honest = Enumerable.Range(0, 4).Select(_ => PrivateKey.Create()).ToArray();
        foreach (var key in honest)
        {
            Offer(A.Announcement(key), from: key.Address);
        }

        foreach (var number in Enumerable.Range(1, 30))
        {
            Assert.IsType<OfferOutcome.Stored>(Offer(A.Announcement(PrivateKey.Create()), from: _neighbour, now: TimeSpan.FromSeconds(number)));
        }

        Assert.Equal(10, Directory.Count);
        Assert.All(honest, key => Assert.NotNull(Directory.Find(key.Address)));
    }

    [Fact]
    public void Any_story_leaves_it_bounded_with_sequences_that_only_rise() =>
        Prop.ForAll(
            Gen.ListOf(
                from key in Gen.Choose(1, 5)
                from sequence in Gen.Choose(1, 20)
                from age in Gen.Choose(0, 6)
                from wait in Gen.Choose(0, 3)
                from own in Gen.Elements(true, false)
                select (Key: s_keys[key], Sequence: (ulong)sequence, Age: TimeSpan.FromMinutes(age), Wait: TimeSpan.FromMinutes(wait), Own: own)).ToArbitrary(),
            story =>
            {
                var directory = new PeerDirectory(s_self.Address, MeshNode.Chain, capacity: 3);
                var now = TimeSpan.Zero;
                foreach (var (key, sequence, age, wait, own) in story)
                {
                    now += wait;
                    directory.Expire(now);
                    var before = directory.Find(key.Address)?.Announcement.Sequence ?? 0;
                    directory.Offer(A.Announcement(key, sequence).Aged(age), own ? key.Address : s_keys[0].Address, ownSequence: 1, now, A.Noon);
                    if (directory.Count > 3 || directory.Find(key.Address)?.Announcement.Sequence < before
                        || directory.Entries.Any(entry => entry.Deadline <= now || entry.Deadline > now + TimeSpan.FromMinutes(5)))
                    {
                        return false;
                    }
                }

                return true;
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Mutated_announcements_are_refused_by_name_ignored_or_stored_and_never_throw()
    {
        var original = A.Announcement(_peer);
        Prop.ForAll(A.Mutants(original.Body.ToByteArray()).ToArbitrary(), A.Mutants(original.Signature.ToByteArray()).ToArbitrary(), (body, signature) =>
        {
            var directory = new PeerDirectory(s_self.Address, MeshNode.Chain, capacity: 3);
            var wire = new SignedAnnouncement { Body = Google.Protobuf.ByteString.CopyFrom(body), Signature = Google.Protobuf.ByteString.CopyFrom(signature) };
            var outcome = directory.Offer(wire, _neighbour, ownSequence: 1, TimeSpan.Zero, A.Noon);
            return outcome is OfferOutcome.Refused or OfferOutcome.Ignored || wire.Equals(original);
        }).Holds(500);
    }

    private static LinkRefusal RefusalOf(OfferOutcome outcome) => Assert.IsType<OfferOutcome.Refused>(outcome).Refusal;

    private OfferOutcome Offer(SignedAnnouncement wire, Address? from = null, TimeSpan now = default) =>
        Directory.Offer(wire, from ?? _neighbour, ownSequence: 10, now, A.Noon);
}
