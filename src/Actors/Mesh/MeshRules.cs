using System.Buffers;
using System.Globalization;
using System.Text;

namespace VideoMesh.Actors.Mesh;

/// <summary>What a chain id, a node's URL and a node's profile may look like. The same rules hold for what this node says and for what it hears.</summary>
public static class MeshRules
{
    internal const int MaxChainLength = 64;
    internal const int MaxUrlLength = 256;
    internal const int MaxRoles = 8;
    internal const int MaxWordLength = 16;
    internal const int MaxCodecs = 16;
    internal const int MaxClasses = 16;
    internal const int MaxClassLength = 96;
    internal const int MaxNameLength = 64;
    internal const int MaxSlots = 65535;

    private static readonly SearchValues<char> s_token = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-_");

    /// <summary>1 to 64 characters of <c>a-z 0-9 . - _</c>.</summary>
    public static bool IsChain(string? chain) => IsToken(chain, MaxChainLength);

    /// <summary>Scheme, host and port and nothing else: a dial must not let its announcer choose path, query or credentials.</summary>
    public static bool IsNodeUrl(Uri? url) =>
        url is { IsAbsoluteUri: true, UserInfo: "", AbsolutePath: "/", Query: "", Fragment: "" }
        && url.Scheme is "http" or "https" or "ws" or "wss"
        && url.Host.Length > 0 && url.Port > 0
        && UrlText(url).Length <= MaxUrlLength;

    /// <summary>The one spelling of a node's URL on the wire, e.g. <c>http://127.0.0.1:4100</c>.</summary>
    public static string UrlText(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return url.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>What is wrong with a profile, in one sentence; null when it may be announced.</summary>
    public static string? Check(NodeProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return profile switch
        {
            { Roles.IsDefault: true } or { DeterminismClasses.IsDefault: true } or { Name: null } or { PixelsPerSecond: null } => "A part of the profile is missing.",
            _ when profile.Roles.Length > MaxRoles || profile.Roles.Any(role => !IsToken(role, MaxWordLength)) =>
                $"A profile has at most {MaxRoles} roles of at most {MaxWordLength} characters a-z, 0-9, dot, hyphen and underscore.",
            _ when profile.Url is { } url && !IsNodeUrl(url) => "A node's URL is a plain http, https, ws or wss URL of a host and a port.",
            _ when profile.Slots is < 0 or > MaxSlots => $"A profile has 0 to {MaxSlots} slots.",
            _ when profile.PixelsPerSecond.Count > MaxCodecs || profile.PixelsPerSecond.Any(entry => !IsToken(entry.Key, MaxWordLength) || entry.Value < 0) =>
                $"A profile has at most {MaxCodecs} codecs, each with a short name and a speed of at least 0.",
            _ when profile.DeterminismClasses.Length > MaxClasses || profile.DeterminismClasses.Any(name => !IsPrintableAscii(name, MaxClassLength)) =>
                $"A profile has at most {MaxClasses} determinism classes of at most {MaxClassLength} printable ASCII characters.",
            _ when !IsLabel(profile.Name) => $"A name is at most {MaxNameLength} characters without control or formatting characters.",
            _ => null,
        };
    }

    private static bool IsToken(string? text, int maxLength) =>
        text is { Length: > 0 } && text.Length <= maxLength && text.AsSpan().IndexOfAnyExcept(s_token) < 0;

    private static bool IsPrintableAscii(string? text, int maxLength) =>
        text is { Length: > 0 } && text.Length <= maxLength && text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0;

    // A label ends up in other people's terminals.
    private static bool IsLabel(string text) =>
        text.Length <= MaxNameLength && text.EnumerateRunes().All(rune => Rune.GetUnicodeCategory(rune) is not
            (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned)
            && rune != Rune.ReplacementChar);
}
