using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using VideoMesh.Client.Rendering;

namespace VideoMesh.Client.Commands;

/// <summary>The root of the command line: parses, runs one verb, and turns every ending into an exit code, a sentence and, if asked, one JSON object.</summary>
public static class CommandLine
{
    public const string ProgramName = "videomesh";

    /// <summary>Runs one command line to its end. Nothing a verb throws gets past this.</summary>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, CliContext context) => RunAsync(arguments, context, Verbs.Create(context));

    internal static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliContext context, RootCommand root)
    {
        Complete(root, context);

        // no response files: '@home.mp4' is a file of that name; no bundling: neither is '-qj.mp4' two options
        var parsing = new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null };
        var parse = root.Parse(arguments, parsing);
        var invocation = new InvocationConfiguration
        {
            Output = context.Out,
            Error = context.Error,
            EnableDefaultExceptionHandler = false,
            // signals arrive through the context, and a verb decides itself how long it needs to end well
            ProcessTerminationTimeout = null,
        };

        if (UsageComplaint.Find(parse, context.WorkingDirectory) is not { } complaint)
        {
            return await parse.InvokeAsync(invocation, CancellationToken.None);
        }

        var json = parse.GetValue(context.Options.Json);
        if (complaint.IsIncomplete && !json)
        {
            await root.Parse([.. UsageComplaint.PathOf(parse.CommandResult), "--help"], parsing)
                .InvokeAsync(new InvocationConfiguration { Output = context.Error }, CancellationToken.None);
        }

        return Report(context, CommandFailure.Usage(complaint.Reason, complaint.Sentence), json ? new JsonOutput(context.Out) : null);
    }

    /// <summary>Runs a verb's body. Every ending becomes an exit code here and nowhere else.</summary>
    internal static async Task<int> GuardAsync(CliContext context, ParseResult parse, Func<CommandRun, Task<ExitCode>> body)
    {
        var run = new CommandRun(context, parse);
        try
        {
            return (int)await body(run);
        }
#pragma warning disable CA1031 // the root is where everything is caught, so that nobody is ever shown a raw stack trace
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Report(context, Failures.Classify(exception, context.Cancellation), run.Json ? run.JsonOutput : null, exception);
        }
    }

    private static int Report(CliContext context, CommandFailure failure, JsonOutput? json, Exception? cause = null)
    {
        if (json is { IsWritten: false })
        {
            json.WriteFailure(failure.ExitCode == ExitCode.Cancelled ? "cancelled" : "failed", failure.Reason, failure.Message, failure.Result);
        }

        context.Error.WriteLine($"{ProgramName}: {failure.Message}");
        if (context.Debug && cause is not null)
        {
            context.Error.WriteLine(cause);
        }

        context.Error.Flush();
        return (int)failure.ExitCode;
    }

    private static void Complete(RootCommand root, CliContext context)
    {
        root.Add(context.Options.Json);
        root.Add(context.Options.Quiet);
        root.Add(context.Options.NoColor);
        foreach (var option in root.Options)
        {
            switch (option)
            {
                case HelpOption help:
                    help.Description = "Show this help.";
                    help.Action = new ExamplesHelpAction((HelpAction)help.Action!);
                    break;
                case VersionOption version:
                    version.Description = "Show the version.";
                    version.Action = new PrintVersion();
                    break;
            }
        }
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"{ProgramName} {typeof(CommandLine).Assembly.GetName().Version?.ToString(3)}");
            return (int)ExitCode.Done;
        }
    }
}
