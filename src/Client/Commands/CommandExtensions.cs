using System.CommandLine;
using System.Runtime.CompilerServices;

namespace VideoMesh.Client.Commands;

/// <summary>How verbs are put together.</summary>
public static class CommandExtensions
{
    // System.CommandLine has no place for examples, and a command outlives nothing but its root
    private static readonly ConditionalWeakTable<Command, Example[]> Examples = new();

    /// <summary>What the verb does. Failures are thrown as <see cref="CommandFailure"/>; the root reports them.</summary>
    public static Command Runs(this Command command, CliContext context, Func<CommandRun, Task<ExitCode>> body)
    {
        command.SetAction((parse, _) => CommandLine.GuardAsync(context, parse, body));
        return command;
    }

    /// <summary>Shown at the end of <c>--help</c>. Every verb has at least one.</summary>
    /// <param name="examples">A command line as typed, and what it is good for.</param>
    public static Command WithExamples(this Command command, params (string CommandLine, string Purpose)[] examples)
    {
        Examples.AddOrUpdate(command, [.. examples.Select(example => new Example(example.CommandLine, example.Purpose))]);
        return command;
    }

    internal static IReadOnlyList<Example> GetExamples(this Command command) => Examples.TryGetValue(command, out var examples) ? examples : [];

    internal sealed record Example(string CommandLine, string Purpose);
}
