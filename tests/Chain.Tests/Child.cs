using System.Diagnostics;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Chain.Tests.Store;

namespace VideoMesh.Chain.Tests;

/// <summary>This test project as another process: what it does there, and how tests start it. Disposing kills it.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;

    private Child(string program, IEnumerable<string> arguments) => _process = Process.Start(new ProcessStartInfo(program, arguments)
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>Starts <c>verb arguments</c> in a process of its own.</summary>
    public static Child Start(params IEnumerable<string> arguments) => new("dotnet", [typeof(Child).Assembly.Location, .. arguments]);

    /// <summary>As <see cref="Start(IEnumerable{string})"/>, with the file system changed by bubblewrap's options.</summary>
    public static Child StartIn(IEnumerable<string> fileSystem, params IEnumerable<string> arguments) =>
        new("bwrap", ["--dev-bind", "/", "/", "--die-with-parent", .. fileSystem, "dotnet", typeof(Child).Assembly.Location, .. arguments]);

    /// <summary>The next number the process says.</summary>
    public long ReadNumber() => _process.StandardOutput.ReadLine() is { } line
        ? long.Parse(line)
        : throw new InvalidOperationException($"The process ended: {_process.StandardError.ReadToEnd()}");

    /// <summary>Everything the process says until it ends by itself.</summary>
    public string Outcome()
    {
        var errors = _process.StandardError.ReadToEndAsync();
        var output = _process.StandardOutput.ReadToEnd();
        _process.WaitForExit();
        Assert.True(_process.ExitCode == 0, $"exit {_process.ExitCode}: {output}{errors.Result}");
        return output.Trim();
    }

    /// <summary>Ends the process with SIGKILL, and none of its children.</summary>
    /// <returns>The lines it had said and nobody had read; the last may be incomplete.</returns>
    public string[] Kill()
    {
        _process.Kill();
        var unread = _process.StandardOutput.ReadToEnd().Split('\n');
        _process.WaitForExit();
        return unread;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["append", var path, var stream]:
                Append(path, stream);
                return 0;
            case ["ledger", var path]:
                AddBlocks(path);
                return 0;
            case ["sign", var path]:
                Sign(path);
                return 0;
            case ["lease", var path, var stream]:
                Lease(path, stream);
                return 0;
            case ["fill", var path]:
                Fill(path);
                return 0;
            case ["key"]:
                Key();
                return 0;
            default:
                return 2;
        }
    }

    /// <summary>Appends for ever, saying each sequence once it is acknowledged.</summary>
    private static void Append(string path, string stream)
    {
        using var journal = EventJournal.Open(path, TimeProvider.System);
        for (long sequence = 0; ;)
        {
            sequence = journal.Append(stream, sequence, new NewEvent("Counted", BitConverter.GetBytes(sequence + 1)));
            Console.WriteLine(sequence);
        }
    }

    /// <summary>Adds blocks for ever, saying each height once it is final.</summary>
    private static void AddBlocks(string path)
    {
        using var store = LedgerBlocks.Open(path);
        for (ulong height = 1; ; height++)
        {
            LedgerBlocks.Add(store, height);
            Console.WriteLine(height);
        }
    }

    /// <summary>Writes what a verifier signs, for ever, saying each height once it is written.</summary>
    private static void Sign(string path)
    {
        using var file = SigningRecordFile.Open(path);
        for (ulong height = 1; ; height++)
        {
            file.Write(SigningRecordTests.Record(height));
            Console.WriteLine(height);
        }
    }

    /// <summary>Holds a lease, and starts a program that outlives this one, until standard input ends.</summary>
    private static void Lease(string path, string stream)
    {
        using var journal = EventJournal.Open(path, TimeProvider.System);
        using var lease = journal.Lease(stream);
        using var sleeper = Process.Start(new ProcessStartInfo("sleep", "600") { UseShellExecute = false, RedirectStandardOutput = true })!;
        Console.WriteLine(sleeper.Id);
        Console.In.ReadToEnd();
    }

    /// <summary>Fills a small disk, makes room, and goes on.</summary>
    private static void Fill(string path)
    {
        var ballast = path + ".ballast";
        File.WriteAllBytes(ballast, new byte[512 << 10]);
        using var journal = EventJournal.Open(path, TimeProvider.System);
        var (acknowledged, failure) = (0L, default(StoreException));
        while (failure is null)
        {
            try
            {
                acknowledged = journal.Append("job", acknowledged, new NewEvent("Filled", new byte[20_000]), new NewEvent("Filled", new byte[20_000]));
            }
            catch (StoreException e)
            {
                failure = e;
            }
        }

        var kept = journal.Read("job").Count;
        File.Delete(ballast);
        var after = journal.Append("job", acknowledged, new NewEvent("Mended", default));
        Console.WriteLine($"{failure.Reason} kept={kept == acknowledged} some={kept > 2} after={after == acknowledged + 1} all={journal.Read("job").Count == after}");
        Console.WriteLine(failure.Message);
    }

    private static void Key()
    {
        try
        {
            Secp256k1.EnsureAvailable();
            Console.WriteLine("available");
        }
        catch (Secp256k1UnavailableException e)
        {
            Console.WriteLine(e.Message);
        }
    }
}
