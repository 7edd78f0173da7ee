using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace VideoMesh.Client.Commands;

/// <summary>The usual help, then the verb's examples, then, for the root, the exit codes.</summary>
internal sealed class ExamplesHelpAction(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        WriteTail(parseResult.CommandResult.Command, parseResult.InvocationConfiguration.Output);
        return (int)ExitCode.Done;
    }

    private static void WriteTail(Command command, TextWriter output)
    {
        var examples = command.GetExamples();
        if (examples.Count > 0)
        {
            output.WriteLine("Examples:");
            foreach (var example in examples)
            {
                output.WriteLine($"  # {example.Purpose}");
                output.WriteLine($"  {example.CommandLine}");
            }

            output.WriteLine();
        }

        if (command is RootCommand)
        {
            output.WriteLine("Exit codes:");
            output.WriteLine("  0 done · 2 usage · 3 input refused · 4 no network or no miner · 5 job failed · 6 refused by ledger or wallet · 130 cancelled");
            output.WriteLine();
        }
    }
}
