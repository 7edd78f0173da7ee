using System.Collections.Immutable;
using System.Text.Json;

namespace VideoMesh.Miners.Media;

/// <summary>Reads profiles. Strict: an unknown key, a wrong type or a value out of range is refused by the key's name.</summary>
public static class ProfileReader
{
    /// <summary>A profile file larger than this is refused.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>Rungs of one ladder.</summary>
    public const int MostRenditions = 16;

    private const string DefaultName = "custom";
    private const int MostPixelsHigh = 8192;

    private static readonly string[] ProfileKeys = ["name", "segmentSeconds", "renditions", "audio", "outputs"];
    private static readonly string[] RenditionKeys = ["name", "codec", "height", "crf", "preset"];
    private static readonly string[] AudioKeys = ["codec", "kbps"];

    /// <summary>Loads a profile by the name of a built-in one or by the path of a file.</summary>
    /// <param name="nameOrPath"><c>h264-1080p</c>, or a path to a JSON file.</param>
    /// <param name="profilesFolder">Where the built-in profiles lie, one <c>NAME.json</c> each.</param>
    /// <exception cref="ProfileException">There is no such profile, or it cannot be used.</exception>
    public static Profile Load(string nameOrPath, string profilesFolder)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        ArgumentNullException.ThrowIfNull(profilesFolder);
        var path = JsonFields.IsName(nameOrPath) ? Path.Combine(profilesFolder, nameOrPath + ".json") : nameOrPath;
        if (!File.Exists(path))
        {
            path = nameOrPath;
        }

        if (!File.Exists(path))
        {
            throw new ProfileException($"There is no profile '{nameOrPath}': give one of {string.Join(", ", BuiltIn(profilesFolder))}, or the path of a profile file.");
        }

        try
        {
            if (new FileInfo(path).Length > MostBytes)
            {
                throw new ProfileException($"The profile '{nameOrPath}' is larger than {MostBytes / 1024} KiB.");
            }

            return Read(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProfileException($"The profile '{nameOrPath}' cannot be read: {e.Message}", e);
        }
        catch (ProfileException e)
        {
            throw new ProfileException($"The profile '{nameOrPath}' cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The names of the built-in profiles, sorted.</summary>
    public static ImmutableArray<string> BuiltIn(string profilesFolder) =>
        Directory.Exists(profilesFolder)
            ? [.. Directory.EnumerateFiles(profilesFolder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)]
            : [];

    /// <summary>Reads a profile's JSON text.</summary>
    /// <exception cref="ProfileException">It is not JSON, or a key is unknown, missing, of the wrong type or out of range.</exception>
    public static Profile Read(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 8 });
            return ReadProfile(new JsonFields("profile", "", document.RootElement, ProfileKeys));
        }
        catch (JsonException e)
        {
            throw new ProfileException($"It is not JSON: {e.Message}", e);
        }
    }

    private static Profile ReadProfile(JsonFields fields)
    {
        var name = fields.Name("name") ?? DefaultName;
        var outputs = ReadOutputs(fields);
        var renditions = ReadRenditions(fields);
        return new Profile(name, TimeSpan.FromSeconds(fields.Number("segmentSeconds", 0.5, 60) ?? 4), renditions, ReadAudio(fields), outputs);
    }

    private static ImmutableArray<ProfileRendition> ReadRenditions(JsonFields fields)
    {
        if (fields.Array("renditions") is not { } items)
        {
            return [new ProfileRendition(VideoCodec.H264.Text(), VideoCodec.H264, null, EncoderPresets.DefaultCrf(VideoCodec.H264), EncoderPresets.Default(VideoCodec.H264))];
        }

        if (items.Length is 0 or > MostRenditions)
        {
            throw new ProfileException($"The key 'renditions' must list 1 to {MostRenditions} renditions, not {items.Length}.");
        }

        var renditions = items.Select((item, index) => ReadRendition(new JsonFields("rendition", $"renditions[{index}].", item, RenditionKeys))).ToImmutableArray();
        var twice = renditions.GroupBy(rendition => rendition.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? renditions : throw new ProfileException($"Two renditions are called '{twice.Key}': give each its own 'name'.");
    }

    private static ProfileRendition ReadRendition(JsonFields fields)
    {
        var codec = fields.Choice("codec", Enum.GetValues<VideoCodec>(), MediaNames.Text) ?? VideoCodec.H264;
        var height = fields.Integer("height", 16, MostPixelsHigh);
        if (height % 2 != 0 && height is not null)
        {
            throw new ProfileException($"The key '{fields.Path}height' must be even, not {height}.");
        }

        var (least, most) = EncoderPresets.CrfRange(codec);
        return new ProfileRendition(
            fields.Name("name") ?? (height is null ? codec.Text() : $"{codec.Text()}-{height}p"),
            codec,
            height,
            fields.Integer("crf", least, most) ?? EncoderPresets.DefaultCrf(codec),
            fields.Choice("preset", [.. EncoderPresets.Of(codec)]) ?? EncoderPresets.Default(codec));
    }

    private static AudioSettings ReadAudio(JsonFields profile)
    {
        var fields = profile.Object("audio", AudioKeys);
        var codec = fields?.Choice("codec", Enum.GetValues<AudioCodec>(), MediaNames.Text) ?? AudioCodec.Aac;
        return new AudioSettings(codec, fields?.Integer("kbps", 16, 512) ?? 128);
    }

    private static ImmutableArray<OutputKind> ReadOutputs(JsonFields fields)
    {
        if (fields.Array("outputs") is not { } items)
        {
            return [OutputKind.Mp4];
        }

        var outputs = ImmutableArray.CreateBuilder<OutputKind>(items.Length);
        foreach (var item in items)
        {
            if (item.ValueKind != JsonValueKind.String || !MediaNames.TryParseOutputKind(item.GetString(), out var kind))
            {
                throw new ProfileException("The key 'outputs' may list mp4, mkv, hls and dash only.");
            }

            if (!outputs.Contains(kind))
            {
                outputs.Add(kind);
            }
        }

        return outputs.Count > 0 ? outputs.DrainToImmutable() : throw new ProfileException("The key 'outputs' must list at least one of mp4, mkv, hls and dash.");
    }
}
