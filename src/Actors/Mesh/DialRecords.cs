using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>One dial to start.</summary>
/// <param name="Expected">Who announced the URL; null for a seed.</param>
public sealed record Dial(Uri Url, Address? Expected);

/// <summary>A URL that the operator named.</summary>
internal sealed class SeedRecord
{
    /// <summary>Who answered there last.</summary>
    public Address? Found { get; set; }
}

/// <summary>What is remembered of a host and port, whoever announced it.</summary>
internal sealed class HostRecord(TimeSpan notBefore)
{
    public int Failures { get; set; }

    public TimeSpan NotBefore { get; set; } = notBefore;

    /// <summary>Who answered here last.</summary>
    public Address? Found { get; set; }

    /// <summary>How often somebody else than the announcer answered here.</summary>
    public int Mismatches { get; set; }

    /// <summary>As <see cref="NotBefore"/>, for announcers other than <see cref="Found"/>: a lie about a host must not keep us from the one who lives there.</summary>
    public TimeSpan StrangersNotBefore { get; set; } = TimeSpan.MinValue;

    public TimeSpan? UpSince { get; set; }

    public bool InFlight { get; set; }

    public TimeSpan NotBeforeFor(Address? expected) =>
        expected is { } address && address != Found && StrangersNotBefore > NotBefore ? StrangersNotBefore : NotBefore;
}

/// <summary>What is remembered of an announcer, whatever URL it names.</summary>
internal sealed class AnnouncerRecord
{
    public int Failures { get; set; }

    public TimeSpan NotBefore { get; set; } = TimeSpan.MinValue;

    public TimeSpan? UrlChanged { get; set; }
}
