using System.CommandLine;
using System.Text.Json;
using VideoMesh.Client.Commands;

namespace VideoMesh.Client.Tests.Commands;

/// <summary>The command line with writers that remember. Verbs of a test are added to the real root's machinery.</summary>
internal sealed class TestCli : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    private readonly Queue<string> _answers = [];

    public TestCli(params (string Name, string Value)[] environment)
        : this(TextReader.Null, isTerminal: false, environment)
    {
    }

    /// <param name="input">Standard input; on a terminal, <see cref="Types"/> takes its place.</param>
    public TestCli(TextReader input, bool isTerminal, params (string Name, string Value)[] environment)
    {
        Context = new CliContext
        {
            In = input,
            InIsTerminal = isTerminal,
            ErrorIsTerminal = isTerminal,
            AskSecret = _ => _answers.TryDequeue(out var answer) ? answer : null,
            Out = _out,
            Error = _error,
            Environment = name => environment.FirstOrDefault(variable => string.Equals(variable.Name, name, StringComparison.Ordinal)).Value,
            WorkingDirectory = Path.GetTempPath(),
            Time = TimeProvider.System,
            Cancellation = _cancellation.Token,
        };
    }

    public CliContext Context { get; }

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    /// <summary>Everything on stdout as the one JSON object it must be.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>What the person types next where nobody sees it.</summary>
    public TestCli Types(params IEnumerable<string> answers)
    {
        foreach (var answer in answers)
        {
            _answers.Enqueue(answer);
        }

        return this;
    }

    public void Cancel() => _cancellation.Cancel();

    public Task<int> RunAsync(params string[] arguments) => CommandLine.RunAsync(arguments, Context);

    /// <summary>Runs with these verbs instead of the program's.</summary>
    public Task<int> RunWithAsync(IEnumerable<Command> verbs, params string[] arguments)
    {
        var root = new RootCommand("test");
        foreach (var verb in verbs)
        {
            root.Add(verb);
        }

        return CommandLine.RunAsync(arguments, Context, root);
    }

    /// <summary>Runs one verb named <c>work</c> that takes an optional FILE and <c>--count N</c>.</summary>
    public Task<int> RunWorkAsync(Func<CommandRun, Task<ExitCode>> body, params string[] arguments)
    {
        var count = new Option<int>("--count") { Description = "How many." };
        var file = new Argument<string?>("FILE") { Arity = ArgumentArity.ZeroOrOne, Description = "What to work on." };
        var work = new Command("work", "Works.") { count, file }.Runs(Context, body).WithExamples(("videomesh work a.mp4", "the usual"));
        return RunWithAsync([work, new Command("rest", "Rests.").Runs(Context, _ => Task.FromResult(ExitCode.Done))], ["work", .. arguments]);
    }

    public void Dispose()
    {
        _cancellation.Dispose();
        _out.Dispose();
        _error.Dispose();
    }
}
