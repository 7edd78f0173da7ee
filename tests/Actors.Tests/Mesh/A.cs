using System.Collections.Immutable;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Tests.Mesh;

/// <summary>Builders and generators of mesh stories.</summary>
internal static class A
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static MeshOptions Options => new() { Chain = MeshNode.Chain };

    public static NodeProfile Profile => new()
    {
        Roles = ["compute"],
        Url = new Uri("http://127.0.0.1:4100"),
        Slots = 2,
        PixelsPerSecond = ImmutableSortedDictionary<string, long>.Empty.Add("h264", 40_000_000).Add("av1", 3_000_000),
        DeterminismClasses = ["x264-164.avx2.debian12"],
        Name = "Küche",
    };

    public static SignedAnnouncement Announcement(
        PrivateKey key, ulong sequence = 1, NodeProfile? profile = null, DateTimeOffset? issued = null, TimeSpan? lifetime = null, string chain = MeshNode.Chain) =>
        AnnouncementCodec.Sign(key, chain, profile ?? Profile, sequence, issued ?? Noon, lifetime ?? TimeSpan.FromMinutes(5));

    public static SignedAnnouncement Aged(this SignedAnnouncement announcement, TimeSpan age)
    {
        var aged = announcement.Clone();
        aged.AgeMs = (uint)age.TotalMilliseconds;
        return aged;
    }

    public static LinkHello Hello(PrivateKey key, LinkKeys keys, ulong instance = 1, string chain = MeshNode.Chain) =>
        new(chain, key.Address, new Hash256(RandomNumberGenerator.GetBytes(Hash256.Size)), [.. keys.Point()], instance);

    /// <summary>Two keys, the one with the lower address first.</summary>
    public static (PrivateKey Lower, PrivateKey Higher) TwoKeys()
    {
        var (one, two) = (PrivateKey.Create(), PrivateKey.Create());
        return one.Address < two.Address ? (one, two) : (two, one);
    }

    public static Gen<NodeProfile> Profiles() =>
        from roles in Gen.ListOf(Gen.Elements("client", "seed", "compute", "storage"))
        from port in Gen.Choose(0, 65535)
        from slots in Gen.Choose(0, 65535)
        from speeds in Gen.ListOf(Gen.Elements("h264", "h265", "vp9", "av1"))
        from speed in Gen.Choose(0, int.MaxValue)
        from classes in Gen.ListOf(Gen.Elements("x264-164.avx2.debian12", "~any~", "0x00ff"))
        from name in Gen.Elements("", "desk", "Küche 2", "日本", "🎬")
        select new NodeProfile
        {
            Roles = [.. roles.Take(8)],
            Url = port == 0 ? null : new Uri($"https://node-{port}.example:{port}"),
            Slots = slots,
            PixelsPerSecond = speeds.Distinct(StringComparer.Ordinal).ToImmutableSortedDictionary(codec => codec, _ => (long)speed * 1000, StringComparer.Ordinal),
            DeterminismClasses = [.. classes.Take(16)],
            Name = name,
        };

    /// <summary>Copies of valid bytes with a few bytes changed, cut off or put in.</summary>
    public static Gen<byte[]> Mutants(params byte[][] originals) =>
        from original in Gen.Elements(originals)
        from edits in Gen.NonEmptyListOf(Gen.Choose(0, int.MaxValue))
        select edits.Take(4).Aggregate(original, Mutate);

    /// <summary>The property holds for this many cases.</summary>
    public static void Holds(this Property property, int cases) => property.Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(cases));

    private static byte[] Mutate(byte[] bytes, int edit)
    {
        if (bytes.Length == 0)
        {
            return [(byte)edit];
        }

        var at = edit / 7 % bytes.Length;
        switch (edit % 3)
        {
            case 0:
                var changed = bytes.ToArray();
                changed[at] ^= (byte)(1 << (edit % 8));
                return changed;
            case 1:
                return bytes[..at];
            default:
                return [.. bytes[..at], (byte)(edit >> 8), .. bytes[at..]];
        }
    }
}
