using System.CommandLine;

namespace VideoMesh.Client.Commands;

/// <summary>The world as commands see it. <see cref="Program"/> makes one of the real console; tests make their own.</summary>
public sealed class CliContext
{
    public required TextReader In { get; init; }

    /// <summary>Results only. With <c>--json</c> exactly one JSON object.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Progress, warnings and the sentence of a failure.</summary>
    public required TextWriter Error { get; init; }

    public bool InIsTerminal { get; init; }

    /// <summary>Asks the person at the terminal for one line that is not shown while it is typed; null if it ends without one. Only with <see cref="InIsTerminal"/>.</summary>
    public Func<string, string?> AskSecret { get; init; } = static _ => null;

    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns of the terminal, or null where there is none.</summary>
    public Func<int?> TerminalWidth { get; init; } = static () => null;

    /// <summary>Reads an environment variable: null if unset.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>Absolute path that relative paths on the command line start from.</summary>
    public required string WorkingDirectory { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Cancelled by Ctrl-C, SIGTERM and SIGHUP.</summary>
    public required CancellationToken Cancellation { get; init; }

    /// <summary>The options every verb understands.</summary>
    public GlobalOptions Options { get; } = new();

    /// <summary>Whether the environment allows colour and movement on a terminal at all.</summary>
    internal bool EnvironmentAllowsColor =>
        string.IsNullOrEmpty(Environment("NO_COLOR")) && !string.Equals(Environment("TERM"), "dumb", StringComparison.Ordinal);

    internal bool Debug => string.Equals(Environment("VIDEOMESH_DEBUG"), "1", StringComparison.Ordinal);
}

/// <summary>The options every verb understands.</summary>
public sealed class GlobalOptions
{
    public Option<bool> Json { get; } = new("--json") { Description = "Print exactly one JSON object on stdout; progress stays on stderr.", Recursive = true };

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "No progress and no notes; failures still say why.", Recursive = true };

    public Option<bool> NoColor { get; } = new("--no-color") { Description = "Plain text (also: NO_COLOR, or not a terminal).", Recursive = true };
}
