using System.Collections.Immutable;

namespace VideoMesh.Miners.Media;

/// <summary>Fits a profile to a source. Pure.</summary>
public static class RenditionPlanner
{
    // below this many lines players take untagged pictures for BT.601, from it on for BT.709
    private const int HighDefinitionLines = 720;

    /// <summary>Resolves every rendition. Never enlarges: rungs taller than the source are dropped, and if none is left one is made at the source's height.</summary>
    public static RenditionPlan Resolve(Profile profile, SourceInfo source)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(source);
        var most = EvenFloor(source.Video.DisplayHeight);
        var notes = ImmutableArray.CreateBuilder<string>();
        var specs = ImmutableArray.CreateBuilder<RenditionSpec>();
        foreach (var rendition in profile.Renditions)
        {
            var height = rendition.Height ?? most;
            if (height > most)
            {
                notes.Add($"Rendition '{rendition.Name}' is left out: the source has only {source.Video.DisplayHeight} lines.");
            }
            else
            {
                specs.Add(Spec(rendition, height, source.Video));
            }
        }

        if (specs.Count == 0)
        {
            // the smallest of those asked for is the one closest to what the source can give
            var closest = profile.Renditions.MinBy(rendition => rendition.Height)!;
            notes.Add($"Every rendition of the profile is taller than the source: '{closest.Name}' is made with {most} lines instead.");
            specs.Add(Spec(closest, most, source.Video));
        }

        AddTenBitNote(specs, source.Video, notes);
        return new RenditionPlan(specs.ToImmutable(), notes.ToImmutable());
    }

    private static RenditionSpec Spec(ProfileRendition rendition, int height, VideoTrack video)
    {
        var width = EvenNearest((double)height * video.DisplayWidth / video.DisplayHeight);
        return new RenditionSpec
        {
            Name = rendition.Name,
            Codec = rendition.Codec,
            Width = width,
            Height = height,
            Crf = rendition.Crf,
            Preset = rendition.Preset,
            PixelFormat = video.BitDepth > 8 && rendition.Codec != VideoCodec.H264 ? "yuv420p10le" : "yuv420p",
            // every rendition comes out in limited range, which is what players expect of 4:2:0 video
            ColourRange = video.Colour.Range.Length > 0 ? "tv" : "",
            ColourPrimaries = video.Colour.Primaries,
            ColourTransfer = video.Colour.Transfer,
            ColourSpace = Matrix(video),
            Orientation = video.Orientation,
            Deinterlace = video.Interlaced,
            FrameRate = video.FrameRate,
        };
    }

    // An untagged high-definition source means BT.709 to every player; a small rung of it must say so, or it would be shown as BT.601.
    private static string Matrix(VideoTrack video)
    {
        if (video.Colour.Space.Length > 0)
        {
            return video.Colour.Space is "gbr" ? "" : video.Colour.Space;
        }

        return Math.Min(video.CodedWidth, video.CodedHeight) >= HighDefinitionLines ? "bt709" : "";
    }

    private static void AddTenBitNote(ImmutableArray<RenditionSpec>.Builder specs, VideoTrack video, ImmutableArray<string>.Builder notes)
    {
        if (video.BitDepth > 8 && specs.Any(spec => spec.Codec == VideoCodec.H264))
        {
            notes.Add($"The source has {video.BitDepth} bits per sample; its H.264 renditions have 8, which is what players of H.264 can show.");
        }
    }

    private static int EvenFloor(int value) => Math.Max(2, value - (value % 2));

    private static int EvenNearest(double value) => Math.Max(2, 2 * (int)Math.Round(value / 2, MidpointRounding.AwayFromZero));
}
