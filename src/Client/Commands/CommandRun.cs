using System.CommandLine;
using Spectre.Console;
using VideoMesh.Client.Rendering;

namespace VideoMesh.Client.Commands;

/// <summary>One run of one verb: its values, and where it may write.</summary>
public sealed class CommandRun
{
    private readonly CliContext _context;
    private readonly ParseResult _parse;

    internal CommandRun(CliContext context, ParseResult parse)
    {
        _context = context;
        _parse = parse;
        Json = parse.GetValue(context.Options.Json);
        Quiet = parse.GetValue(context.Options.Quiet);
        AllowsColor = context.EnvironmentAllowsColor && !parse.GetValue(context.Options.NoColor);
        JsonOutput = new JsonOutput(context.Out);
    }

    /// <summary>Print one JSON object and nothing else on stdout.</summary>
    public bool Json { get; }

    /// <summary>No progress, no notes.</summary>
    public bool Quiet { get; }

    public TimeProvider Time => _context.Time;

    public CancellationToken Cancellation => _context.Cancellation;

    public TextReader In => _context.In;

    public bool InIsTerminal => _context.InIsTerminal;

    public bool ErrorIsTerminal => _context.ErrorIsTerminal;

    /// <inheritdoc cref="CliContext.AskSecret"/>
    public string? AskSecret(string question) => _context.AskSecret(question);

    /// <summary>Whether a picture that redraws itself may be shown on stderr.</summary>
    public bool IsLive => AllowsColor && _context.ErrorIsTerminal && !Quiet;

    internal JsonOutput JsonOutput { get; }

    private bool AllowsColor { get; }

    /// <summary>The option's value, its default, or null.</summary>
    public T? Value<T>(Option<T> option) => _parse.GetValue(option);

    /// <summary>The argument's value, its default, or null.</summary>
    public T? Value<T>(Argument<T> argument) => _parse.GetValue(argument);

    /// <summary>The value of an option that is required or has a default.</summary>
    public T Required<T>(Option<T> option) => _parse.GetRequiredValue(option);

    /// <summary>The value of an argument that is required or has a default.</summary>
    public T Required<T>(Argument<T> argument) => _parse.GetRequiredValue(argument);

    /// <summary>Whether the option was typed, rather than left to its default.</summary>
    public bool IsGiven(Option option) => _parse.GetResult(option) is { Implicit: false };

    /// <summary>An environment variable, null if unset.</summary>
    public string? Environment(string name) => _context.Environment(name);

    /// <summary>A path from the command line as an absolute one.</summary>
    public string FullPath(string path) => Path.GetFullPath(path, _context.WorkingDirectory);

    /// <summary>A line of the result on stdout; nothing with <c>--json</c>, where the object is the result.</summary>
    public void Print(string line)
    {
        if (!Json)
        {
            _context.Out.WriteLine(line);
        }
    }

    /// <summary>The one JSON object of a run with <c>--json</c>; nothing without.</summary>
    /// <exception cref="InvalidOperationException">It was printed already.</exception>
    public void PrintJson(object result)
    {
        if (Json)
        {
            JsonOutput.Write(result);
        }
    }

    /// <summary>A line about what is going on, on stderr; nothing with <c>--quiet</c>.</summary>
    public void Note(string line)
    {
        if (!Quiet)
        {
            _context.Error.WriteLine(line);
        }
    }

    /// <summary>Something the person must know even with <c>--quiet</c>, on stderr.</summary>
    public void Warn(string sentence) => _context.Error.WriteLine($"{CommandLine.ProgramName}: warning: {sentence}");

    /// <summary>For tables and colour on stdout. Plain where colour is not wanted.</summary>
    public IAnsiConsole OutConsole() => Consoles.Create(_context.Out, _context.OutIsTerminal && AllowsColor, _context.OutIsTerminal ? _context.TerminalWidth() : null);

    /// <summary>For tables and colour on stderr. Plain where colour is not wanted.</summary>
    public IAnsiConsole ErrorConsole() => Consoles.Create(_context.Error, _context.ErrorIsTerminal && AllowsColor, _context.ErrorIsTerminal ? _context.TerminalWidth() : null);
}
