using System.Diagnostics.CodeAnalysis;

namespace VideoMesh.Client.Commands;

/// <summary>
/// How a command says that it did not do what was asked. Caught once, at the root: the sentence goes to stderr, and with <c>--json</c> the one object on
/// stdout is <c>{"status":"failed"|"cancelled","reason":…,"message":…}</c> with whatever <see cref="Result"/> adds.
/// </summary>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "It reads as what it is where it is thrown.")]
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "A failure without an exit code and a reason is what this type rules out.")]
[SuppressMessage("Naming", "MA0058:Class name should end with 'Exception'", Justification = "It reads as what it is where it is thrown.")]
public sealed class CommandFailure : Exception
{
    /// <param name="exitCode">Anything but <see cref="Commands.ExitCode.Done"/>.</param>
    /// <param name="reason">One name from a catalogue, for scripts, e.g. <c>out-not-empty</c>.</param>
    /// <param name="sentence">One sentence for the person: why, and what to do.</param>
    public CommandFailure(ExitCode exitCode, string reason, string sentence, Exception? inner = null)
        : base(sentence, inner)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(exitCode, ExitCode.Done);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(sentence);
        ExitCode = exitCode;
        Reason = reason;
    }

    public ExitCode ExitCode { get; }

    public string Reason { get; }

    /// <summary>Further members of the JSON object, or null. Its own <c>status</c>, <c>reason</c> and <c>message</c>, if any, give way to the failure's.</summary>
    public object? Result { get; init; }

    /// <summary>The command line is wrong.</summary>
    public static CommandFailure Usage(string reason, string sentence) => new(ExitCode.Usage, reason, sentence);
}
