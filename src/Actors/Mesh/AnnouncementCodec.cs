using System.Collections.Immutable;
using Google.Protobuf;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>What an announcement's signature covers.</summary>
/// <param name="Issued">By the announcer's clock.</param>
/// <param name="Lifetime">Counted by each receiver from arrival.</param>
/// <param name="Digest">What was signed.</param>
public sealed record AnnouncementBody(Address Address, NodeProfile Profile, ulong Sequence, DateTimeOffset Issued, TimeSpan Lifetime, Hash256 Digest);

/// <summary>An announcement's body in canonical RLP, and its signature. One profile has one encoding.</summary>
public static class AnnouncementCodec
{
    /// <summary>Longest body in bytes.</summary>
    public const int MaxBodyBytes = 4096;

    /// <summary>Most announcements in one frame.</summary>
    public const int MaxPerFrame = 12;

    /// <summary>Longest lifetime.</summary>
    public static TimeSpan MaxLifetime { get; } = TimeSpan.FromMinutes(5);

    // Separates this signature from every other the account key makes; the version is that of the encoding.
    private const string Domain = "videomesh/announcement/1";

    /// <exception cref="ArgumentException">The profile breaks a rule of <see cref="MeshRules.Check"/>.</exception>
    public static SignedAnnouncement Sign(PrivateKey key, string chain, NodeProfile profile, ulong sequence, DateTimeOffset issued, TimeSpan lifetime)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (MeshRules.Check(profile) is { } error)
        {
            throw new ArgumentException(error, nameof(profile));
        }

        var body = new RlpWriter().StartList()
            .Text(Domain).Text(chain).Address(key.Address).Number(sequence)
            .Number((ulong)issued.ToUnixTimeMilliseconds()).Number((ulong)lifetime.TotalMilliseconds);
        WriteProfile(body, profile);
        body.EndList();
        return new SignedAnnouncement
        {
            Body = ByteString.CopyFrom(body.Written),
            Signature = ByteString.CopyFrom(key.Sign(body.Keccak()).ToArray()),
        };
    }

    /// <summary>Reads and bounds a body. The signature is not looked at: see <see cref="IsSigned"/>.</summary>
    /// <returns>The body, or null and the refusal. Never throws, whatever the bytes.</returns>
    public static AnnouncementBody? Read(ReadOnlySpan<byte> bytes, string chain, out LinkRefusal? refusal)
    {
        refusal = LinkRefusal.AnnouncementMalformed;
        try
        {
            var outer = new RlpReader(bytes, MaxBodyBytes, maxDepth: 3);
            var fields = outer.ReadList();
            outer.End();
            var domain = fields.ReadText(Domain.Length);
            var theirChain = fields.ReadText(MeshRules.MaxChainLength);
            if (!string.Equals(domain, Domain, StringComparison.Ordinal) || !string.Equals(theirChain, chain, StringComparison.Ordinal))
            {
                refusal = LinkRefusal.AnnouncementForeign;
                return null;
            }

            var address = fields.ReadAddress();
            var sequence = fields.ReadUInt64();
            var issued = fields.ReadUInt64();
            var lifetime = fields.ReadUInt64();
            var profile = ReadProfile(ref fields);
            fields.End();
            if (lifetime is 0 || lifetime > (ulong)MaxLifetime.TotalMilliseconds || issued > (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
                || profile is null || MeshRules.Check(profile) is not null)
            {
                return null;
            }

            refusal = null;
            return new AnnouncementBody(
                address, profile, sequence, DateTimeOffset.FromUnixTimeMilliseconds((long)issued), TimeSpan.FromMilliseconds((long)lifetime), Keccak.Hash(bytes));
        }
        catch (RlpException)
        {
            return null;
        }
    }

    /// <summary>Whether the address that the body speaks for signed it.</summary>
    public static bool IsSigned(AnnouncementBody body, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Signature.TryParse(signature, out var parsed, out _) && parsed.TryRecover(body.Digest, out var signer) && signer == body.Address;
    }

    /// <summary>Whether two profiles say the same.</summary>
    public static bool SameProfile(NodeProfile left, NodeProfile right) => Encode(left).AsSpan().SequenceEqual(Encode(right));

    private static byte[] Encode(NodeProfile profile)
    {
        var writer = new RlpWriter().StartList();
        WriteProfile(writer, profile);
        return writer.EndList().ToArray();
    }

    private static void WriteProfile(RlpWriter writer, NodeProfile profile)
    {
        WriteTexts(writer, profile.Roles);
        writer.Text(profile.Url is { } url ? MeshRules.UrlText(url) : "").Number((ulong)profile.Slots).StartList();
        foreach (var (codec, speed) in profile.PixelsPerSecond.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            writer.StartList().Text(codec).Number((ulong)speed).EndList();
        }

        writer.EndList();
        WriteTexts(writer, profile.DeterminismClasses);
        writer.Text(profile.Name);
    }

    /// <returns>Null when a value is out of range or not in its one spelling.</returns>
    private static NodeProfile? ReadProfile(ref RlpReader fields)
    {
        var roles = ReadTexts(fields.ReadList(), MeshRules.MaxRoles, MeshRules.MaxWordLength);
        var urlText = fields.ReadText(MeshRules.MaxUrlLength);
        var slots = fields.ReadUInt64();
        var speeds = ReadSpeeds(fields.ReadList());
        var classes = ReadTexts(fields.ReadList(), MeshRules.MaxClasses, MeshRules.MaxClassLength);
        var name = fields.ReadText(MeshRules.MaxNameLength * 4);
        if (roles is null || speeds is null || classes is null || slots > MeshRules.MaxSlots)
        {
            return null;
        }

        Uri? url = null;
        if (urlText.Length > 0
            && (!Uri.TryCreate(urlText, UriKind.Absolute, out url) || !MeshRules.IsNodeUrl(url) || !string.Equals(MeshRules.UrlText(url), urlText, StringComparison.Ordinal)))
        {
            return null;
        }

        return new NodeProfile
        {
            Roles = roles.Value,
            Url = url,
            Slots = (int)slots,
            PixelsPerSecond = speeds,
            DeterminismClasses = classes.Value,
            Name = name,
        };
    }

    private static ImmutableSortedDictionary<string, long>? ReadSpeeds(RlpReader list)
    {
        var speeds = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        var last = "";
        while (!list.AtEnd)
        {
            var pair = list.ReadList();
            var codec = pair.ReadText(MeshRules.MaxWordLength);
            var speed = pair.ReadUInt64();
            pair.End();
            if (speeds.Count == MeshRules.MaxCodecs || speed > long.MaxValue || string.CompareOrdinal(codec, last) <= 0)
            {
                return null;
            }

            speeds.Add(codec, (long)speed);
            last = codec;
        }

        return speeds.ToImmutable();
    }

    private static void WriteTexts(RlpWriter writer, ImmutableArray<string> texts)
    {
        writer.StartList();
        foreach (var text in texts)
        {
            writer.Text(text);
        }

        writer.EndList();
    }

    private static ImmutableArray<string>? ReadTexts(RlpReader list, int maxCount, int maxBytes)
    {
        var texts = ImmutableArray.CreateBuilder<string>();
        while (!list.AtEnd)
        {
            if (texts.Count == maxCount)
            {
                return null;
            }

            texts.Add(list.ReadText(maxBytes));
        }

        return texts.ToImmutable();
    }
}
