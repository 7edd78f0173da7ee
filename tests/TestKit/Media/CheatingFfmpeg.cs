namespace VideoMesh.TestKit.Media;

/// <summary>How a dishonest miner saves work, or spoils it.</summary>
public enum Cheat
{
    BlackFrames,
    WrongContent,
    HalfResolutionUpscaled,
    CheaperPreset,
    HigherCrf,
    DroppedFrames,
    DuplicatedFrames,
    FrozenFrames,
    Watermark,

    /// <summary>No cheat: another build of the encoder, whose bytes are others and whose pictures are as good.</summary>
    OtherMachine,
}

/// <summary>Scripts that stand in for ffmpeg (<c>--ffmpeg PATH</c>) and cheat in one way: what they make has the codec, size, frames and duration that were asked for.</summary>
public static class CheatingFfmpeg
{
    private const string Script = """
        #!/bin/bash
        # Stands in for ffmpeg; cheats only when it encodes a segment.
        cheat='@CHEAT@'
        args=("$@")
        case " $* " in *" -filter_complex "*) ;; *) exec ffmpeg "$@" ;; esac
        for ((i = 0; i < ${#args[@]}; i++)); do
          case "${args[i]}" in -i) input="${args[i + 1]}" ;; -r) rate="${args[i + 1]}" ;; esac
        done
        counted() { ffprobe -v error -count_packets -select_streams v:0 -show_entries stream=nb_read_packets -of csv=p=0 "$input" | tr -d ,; }
        filter=
        case "$cheat" in
          BlackFrames) filter='drawbox=color=black:thickness=fill' ;;
          WrongContent) filter='negate' ;;
          HalfResolutionUpscaled) filter='scale=iw/2:ih/2' ;;
          DroppedFrames) filter="select=gte(n\\,2),tpad=stop=2:stop_mode=clone,setpts=N/($rate*TB)" ;;
          DuplicatedFrames) filter="tpad=start=1:start_mode=clone,trim=end_frame=$(counted)" ;;
          FrozenFrames) filter="framestep=4,fps=$rate,tpad=stop=4:stop_mode=clone,trim=end_frame=$(counted),setpts=N/($rate*TB)" ;;
          Watermark) filter='drawbox=x=iw/16:y=ih/16:w=iw/6:h=ih/6:color=white:thickness=fill' ;;
        esac
        for ((i = 0; i < ${#args[@]}; i++)); do
          case "${args[i]}" in
            -filter_complex) [ -z "$filter" ] || args[i + 1]="${args[i + 1]/'[0:v:0]'/[0:v:0]$filter,}" ;;
            -preset) [ "$cheat" != OtherMachine ] || args[i + 1]=slow
              [ "$cheat" != CheaperPreset ] || case "${args[i + 1]}" in [0-9]*) args[i + 1]=12 ;; *) args[i + 1]=ultrafast ;; esac ;;
            -cpu-used) [ "$cheat" != CheaperPreset ] || args[i + 1]=5 ;;
            -crf) [ "$cheat" != HigherCrf ] || args[i + 1]=$((args[i + 1] + 5)) ;;
          esac
        done
        exec ffmpeg "${args[@]}"

        """;

    /// <summary>Writes the script into a folder.</summary>
    /// <returns>Its path.</returns>
    public static string Write(string folder, Cheat cheat)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"ffmpeg-{cheat}");
        File.WriteAllText(path, Script.Replace("@CHEAT@", cheat.ToString(), StringComparison.Ordinal));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        return path;
    }
}
