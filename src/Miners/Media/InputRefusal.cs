namespace VideoMesh.Miners.Media;

/// <summary>Why an input is not taken. Every refusal ends the command with exit code 3.</summary>
public enum InputRefusal
{
    NotFound,
    IsDirectory,
    Empty,
    Unreadable,
    NotAVideo,
    Truncated,
    AudioOnly,
    NoDecodableVideo,
    AbsurdDimensions,
    TooLong,
    Untimed,
}

/// <summary>The input is refused. The message is one sentence for the user and says what to do where something can be done.</summary>
public sealed class InputRefusedException(InputRefusal reason, string sentence, Exception? inner = null) : Exception(sentence, inner)
{
    public InputRefusal Reason { get; } = reason;
}

/// <summary>Why media work on accepted input failed.</summary>
public enum MediaFault
{
    /// <summary>ffmpeg or ffprobe ended with an error.</summary>
    ToolFailed,

    /// <summary>A limit of the sandbox ended the command.</summary>
    LimitHit,

    /// <summary>The disk below the work folder is full.</summary>
    DiskFull,

    /// <summary>The pieces the source was cut into do not hold the frames that were planned.</summary>
    SplitMismatch,

    /// <summary>A rendition's segments are missing, not readable, or do not hold the frames that were planned.</summary>
    SegmentMismatch,

    /// <summary>Segments of one rendition carry different encoder headers and cannot be one stream.</summary>
    HeaderMismatch,

    /// <summary>A finished file does not have the frames or the duration it must have.</summary>
    OutputMismatch,
}

/// <summary>Media work failed. The message is one sentence for the user.</summary>
public sealed class MediaException(MediaFault fault, string sentence, Exception? inner = null) : Exception(sentence, inner)
{
    public MediaFault Fault { get; } = fault;
}
