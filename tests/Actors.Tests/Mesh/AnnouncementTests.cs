using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Tests.Mesh;

public sealed class AnnouncementTests
{
    private static readonly PrivateKey s_key = PrivateKey.Create();

    public static TheoryData<string, NodeProfile> BadProfiles => new()
    {
        { "a path", A.Profile with { Url = new Uri("http://host:1/admin") } },
        { "a query", A.Profile with { Url = new Uri("http://host:1/?a=b") } },
        { "credentials", A.Profile with { Url = new Uri("http://user:word@host:1") } },
        { "another scheme", A.Profile with { Url = new Uri("file:///etc/passwd") } },
        { "ftp", A.Profile with { Url = new Uri("ftp://host:1") } },
        { "a long URL", A.Profile with { Url = new Uri("http://" + string.Join('.', Enumerable.Repeat("aaaaaaaaaa", 24)) + ":1") } },
        { "too many roles", A.Profile with { Roles = [.. Enumerable.Repeat("compute", 9)] } },
        { "a role with a space", A.Profile with { Roles = ["a b"] } },
        { "negative slots", A.Profile with { Slots = -1 } },
        { "many slots", A.Profile with { Slots = 65536 } },
        { "a negative speed", A.Profile with { PixelsPerSecond = A.Profile.PixelsPerSecond.SetItem("vp9", -1) } },
        { "an escape sequence", A.Profile with { Name = "\u001b[2J" } },
        { "text that runs backwards", A.Profile with { Name = "a\u202Eb" } },
        { "a long name", A.Profile with { Name = new string('n', 65) } },
        { "a class with a line break", A.Profile with { DeterminismClasses = ["a\nb"] } },
    };

    [Fact]
    public void What_was_signed_is_what_is_read() =>
        Prop.ForAll(A.Profiles().ToArbitrary(), ArbMap.Default.ArbFor<ulong>(), (profile, sequence) =>
        {
            var wire = A.Announcement(s_key, sequence, profile);
            var body = AnnouncementCodec.Read(wire.Body.Span, MeshNode.Chain, out _)!;
            return AnnouncementCodec.SameProfile(profile, body.Profile)
                && body.Address == s_key.Address && body.Sequence == sequence && body.Issued == A.Noon && body.Lifetime == TimeSpan.FromMinutes(5)
                && profile.Url == body.Profile.Url && string.Equals(profile.Name, body.Profile.Name, StringComparison.Ordinal)
                && profile.Roles.SequenceEqual(body.Profile.Roles) && profile.PixelsPerSecond.SequenceEqual(body.Profile.PixelsPerSecond)
                && AnnouncementCodec.IsSigned(body, wire.Signature.Span);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_other_bytes_carry_the_signature() =>
        Prop.ForAll(A.Mutants(A.Announcement(s_key).Body.ToByteArray()).ToArbitrary(), bytes =>
        {
            var original = A.Announcement(s_key);
            return AnnouncementCodec.Read(bytes, MeshNode.Chain, out var refusal) is { } body
                ? bytes.AsSpan().SequenceEqual(original.Body.Span) || !AnnouncementCodec.IsSigned(body, original.Signature.Span)
                : refusal is not null;
        }).Holds(1000);

    [Fact]
    public void Whatever_is_read_has_exactly_one_encoding() =>
        Prop.ForAll(A.Mutants(A.Announcement(s_key).Body.ToByteArray()).ToArbitrary(), bytes =>
            AnnouncementCodec.Read(bytes, MeshNode.Chain, out _) is not { } body
            || body.Address != s_key.Address
            || A.Announcement(s_key, body.Sequence, body.Profile, body.Issued, body.Lifetime).Body.Span.SequenceEqual(bytes))
            .Holds(1000);

    [Fact]
    public void Random_bytes_are_refused_by_name_and_never_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => AnnouncementCodec.Read(bytes, MeshNode.Chain, out var refusal) is null && refusal is not null)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Refuses_the_announcement_of_another_chain()
    {
        Assert.Null(AnnouncementCodec.Read(A.Announcement(s_key, chain: "other").Body.Span, MeshNode.Chain, out var refusal));
        Assert.Equal(LinkRefusal.AnnouncementForeign, refusal);
    }

    [Fact]
    public void Refuses_a_lifetime_over_five_minutes()
    {
        Assert.Null(AnnouncementCodec.Read(A.Announcement(s_key, lifetime: TimeSpan.FromMinutes(5.1)).Body.Span, MeshNode.Chain, out var refusal));
        Assert.Equal(LinkRefusal.AnnouncementMalformed, refusal);
    }

    [Theory]
    [MemberData(nameof(BadProfiles))]
    public void A_profile_with_it_is_neither_said_nor_heard(string what, NodeProfile profile)
    {
        Assert.True(MeshRules.Check(profile) is not null, what);
        Assert.Throws<ArgumentException>(() => A.Announcement(s_key, profile: profile));
    }

    [Fact]
    public void The_largest_profile_fits()
    {
        var largest = new NodeProfile
        {
            Roles = [.. Enumerable.Range(0, 8).Select(i => $"role-{i}".PadRight(16, 'x'))],
            Url = new Uri("https://" + string.Join('.', Enumerable.Repeat("aaaaaaaaa", 24)) + ":65535"),
            Slots = 65535,
            PixelsPerSecond = Enumerable.Range(0, 16).ToImmutableSortedDictionary(i => $"codec-{i}".PadRight(16, 'x'), _ => long.MaxValue, StringComparer.Ordinal),
            DeterminismClasses = [.. Enumerable.Range(0, 16).Select(i => new string((char)('a' + i), 96))],
            Name = string.Concat(Enumerable.Repeat("日", 64)),
        };

        var wire = A.Announcement(s_key, profile: largest);

        Assert.NotNull(AnnouncementCodec.Read(wire.Body.Span, MeshNode.Chain, out _));
        Assert.NotNull(FrameCodec.TryEncode(new Announcements { Items = { Enumerable.Repeat(wire, AnnouncementCodec.MaxPerFrame) } }));
    }
}
