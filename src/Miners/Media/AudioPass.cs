using System.Collections.Immutable;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Media;

/// <summary>All audio tracks of a source, made once for all renditions.</summary>
/// <param name="Path">The file, relative to the work folder of the session that made it.</param>
/// <param name="Tracks">The source's tracks it holds, in order.</param>
/// <param name="Notes">One sentence for each thing that was changed or dropped.</param>
public sealed record AudioFile(string Path, ImmutableArray<AudioTrack> Tracks, ImmutableArray<string> Notes);

/// <summary>Makes the sound of a job in one run over the source, so that nothing is lost or gained at segment borders. Can run while miners encode the picture.</summary>
public static class AudioPass
{
    private const int MostTracks = 32;

    // what MP4 may carry and players of it know
    private static readonly ImmutableHashSet<string> CopiedIntoMp4 = ImmutableHashSet.Create(StringComparer.Ordinal, "aac", "mp3", "ac3", "eac3", "opus", "flac", "alac");

    /// <summary>Encodes or copies every audio track that can be decoded.</summary>
    /// <param name="session">A session that has the source among its inputs; the result lies in its work folder.</param>
    /// <param name="inputName">The source's name in it.</param>
    /// <param name="source">What the probe found.</param>
    /// <param name="profile">Says how.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null if the source has no audio, or none is wanted.</returns>
    /// <exception cref="MediaException">It failed.</exception>
    public static async Task<AudioFile?> EncodeAsync(ISandboxSession session, string inputName, SourceInfo source, Profile profile, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(profile);
        var notes = ImmutableArray.CreateBuilder<string>();
        var tracks = Usable(source, notes);
        if (profile.Audio.Codec == AudioCodec.None || (tracks.IsEmpty && source.Audio.IsEmpty))
        {
            return null;
        }

        if (tracks.IsEmpty)
        {
            return new AudioFile("", [], notes.ToImmutable());
        }

        var (file, reason) = await TryAsync(session, inputName, tracks, profile, notes, cancellationToken);
        if (file is not null)
        {
            return file with { Notes = notes.ToImmutable() };
        }

        // One track that cannot be decoded must not cost the others, nor the picture.
        var good = ImmutableArray.CreateBuilder<AudioTrack>();
        foreach (var track in tracks)
        {
            if (tracks.Length > 1 && (await TryAsync(session, inputName, [track], profile, notes: null, cancellationToken)).File is not null)
            {
                good.Add(track);
            }
            else
            {
                notes.Add($"Audio track {track.Ordinal + 1} ({track.Codec}) is left out: it cannot be decoded ({reason.TrimEnd('.')}).");
            }
        }

        file = good.Count == 0 ? new AudioFile("", [], []) : (await TryAsync(session, inputName, good.ToImmutable(), profile, notes: null, cancellationToken)).File;
        return file is null ? throw new MediaException(MediaFault.ToolFailed, $"Encoding the audio failed: {reason}") : file with { Notes = notes.ToImmutable() };
    }

    private static async Task<(AudioFile? File, string Reason)> TryAsync(
        ISandboxSession session, string inputName, ImmutableArray<AudioTrack> tracks, Profile profile, ImmutableArray<string>.Builder? notes, CancellationToken cancellationToken)
    {
        // Matroska carries any codec; everything else goes through MP4, which keeps time to the sample
        var matroskaOnly = profile.Outputs.All(output => output == OutputKind.Mkv) && profile.Audio.Codec == AudioCodec.Copy;
        var path = matroskaOnly ? "audio.mka" : "audio.mp4";
        List<string> arguments = ["-nostdin", .. MediaProbe.Guards, "-i", FfmpegPath.Of(session.InputPath(inputName))];
        foreach (var track in tracks)
        {
            arguments.AddRange(["-map", $"0:{track.StreamIndex}"]);
        }

        for (var i = 0; i < tracks.Length; i++)
        {
            arguments.AddRange(Codec(i, tracks[i], profile.Audio, matroskaOnly, notes));
        }

        arguments.AddRange(["-map_metadata", "-1", "-map_chapters", "-1", "-vn", "-sn", "-dn", "-threads", "1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-y", FfmpegPath.Of(path)]);
        var run = await session.RunAsync(new SandboxCommand { Tool = MediaTool.Ffmpeg, Arguments = arguments }, cancellationToken);
        if (run.LimitHit is not null)
        {
            throw new MediaException(MediaFault.LimitHit, "Encoding the audio passed a limit of the sandbox.");
        }

        return run.ExitCode == 0 ? (new AudioFile(path, tracks, []), "") : (null, FfmpegRun.Reason(run));
    }

    private static ImmutableArray<AudioTrack> Usable(SourceInfo source, ImmutableArray<string>.Builder notes)
    {
        var usable = source.Audio.Where(track => track is { Codec.Length: > 0, Channels: > 0, SampleRate: > 0 }).Take(MostTracks).ToImmutableArray();
        foreach (var track in source.Audio.Except(usable))
        {
            notes.Add($"Audio track {track.Ordinal + 1} is left out: it cannot be decoded.");
        }

        return usable;
    }

    private static IEnumerable<string> Codec(int i, AudioTrack track, AudioSettings settings, bool matroskaOnly, ImmutableArray<string>.Builder? notes)
    {
        if (settings.Codec == AudioCodec.Copy)
        {
            if (matroskaOnly || CopiedIntoMp4.Contains(track.Codec))
            {
                return [$"-c:a:{i}", "copy"];
            }

            notes?.Add($"Audio track {track.Ordinal + 1} ({track.Codec}) cannot be copied into MP4 and is encoded as AAC.");
        }

        // half of the stereo rate per channel; one channel alone gets three quarters, as both encoders advise
        var kbps = track.Channels == 1 ? settings.Kbps * 3 / 4 : settings.Kbps * track.Channels / 2;
        // silence where the source's clock jumps, so that picture and sound stay together after a gap
        return settings.Codec == AudioCodec.Opus
            ? [$"-c:a:{i}", "libopus", $"-b:a:{i}", $"{Math.Clamp(kbps, 16, 256 * Math.Min(track.Channels, 8))}k", $"-filter:a:{i}", OpusFilter(track)]
            : [$"-c:a:{i}", "aac", $"-b:a:{i}", $"{Math.Clamp(kbps, 16, 256 * Math.Min(track.Channels, 8))}k", $"-filter:a:{i}", "aresample=async=1"];
    }

    // libopus knows the layouts of the Vorbis order only, and refuses 5.1 with side speakers
    private static string OpusFilter(AudioTrack track) =>
        $"aresample=48000:async=1,aformat=channel_layouts={(track.Channels <= 2 ? "mono|stereo" : "7.1|6.1|5.1|5.0|quad|3.0|stereo|mono")}";
}
