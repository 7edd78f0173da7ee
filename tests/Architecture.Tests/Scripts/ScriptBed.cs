using System.Diagnostics;

namespace VideoMesh.Architecture.Tests.Scripts;

/// <summary>What a script came to.</summary>
internal sealed record ScriptResult(int ExitCode, string Out, string Error)
{
    public string LastLine => Out.TrimEnd('\n').Split('\n')[^1];
}

/// <summary>A checkout with our scripts and a few words for sources, on a machine with just the programs a test puts there.</summary>
internal sealed class ScriptBed : IDisposable
{
    private static readonly string[] BasicTools = ["bash", "sh", "env", "readlink", "find", "sort", "sha256sum", "flock", "mkdir", "cat", "id", "grep", "sed", "awk", "mktemp", "rm", "tail", "timeout", "sleep", "chmod", "touch", "head"];

    public ScriptBed()
    {
        Folder = Directory.CreateTempSubdirectory("script bed ").FullName;
        foreach (var script in new[] { "mesh", "tests/run-tests" })
        {
            var copy = Path.Combine(Top, script);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(Repository.Top, script), copy);
        }

        foreach (var source in new[] { "src/Client/Client.csproj", "src/Client/Program.cs", "tests/One.Tests/One.cs", "VideoMesh.sln", "global.json" })
        {
            Write(source, "as it was");
        }

        Directory.CreateDirectory(Bin);
        foreach (var tool in BasicTools)
        {
            var real = "/usr/bin:/bin".Split(':').Select(folder => Path.Combine(folder, tool)).First(File.Exists);
            File.CreateSymbolicLink(Path.Combine(Bin, tool), real);
        }
    }

    /// <summary>With blanks in its name, as anybody's may have.</summary>
    public string Folder { get; }

    public string Top => Path.Combine(Folder, "checkout");

    public string Bin => Path.Combine(Folder, "bin");

    public string Mesh => Path.Combine(Top, "mesh");

    /// <summary>How often the SDK was asked to build.</summary>
    public int Builds => File.Exists(Path.Combine(Folder, "builds")) ? File.ReadAllLines(Path.Combine(Folder, "builds")).Length : 0;

    /// <summary>A machine that has all it needs to build and run.</summary>
    public static ScriptBed Complete() => new ScriptBed().WithSdk("10.0.100").WithPrograms("ffmpeg", "ffprobe", "bwrap", "dockerd");

    /// <summary>An SDK whose <c>build</c> makes a <c>videomesh</c> that prints where it is and what it was told, and whose <c>test</c> runs <c>tests/NAME/behaviour</c>.</summary>
    public ScriptBed WithSdk(string version)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "dotnet", "sdk", version));
        Program(Path.Combine(Folder, "dotnet", "dotnet"), $$"""
            #!/bin/bash
            if [ "$1" = build ]; then
              echo "$*" >>'{{Folder}}/builds'
              while [ -e '{{Folder}}/hold' ]; do sleep 0.05; done
              if [ -e '{{Folder}}/broken' ]; then echo 'Program.cs(1,1): error CS0001: broken on purpose'; exit 1; fi
              mkdir -p '{{Top}}/src/Client/bin/Release/net10.0'
              printf '#!/bin/bash\nprintf "%%s|" "$PWD" "$@"; exit 7\n' >'{{Top}}/src/Client/bin/Release/net10.0/videomesh'
              chmod +x '{{Top}}/src/Client/bin/Release/net10.0/videomesh'
              exit
            fi
            assembly=$2; name=${assembly##*/VideoMesh.}; name=${name%.dll}
            shift 2
            while [ $# -gt 0 ]; do
              case $1 in
                --results-directory) results=$2 ;;
                --filter) filter=$2 ;;
              esac
              shift
            done
            trx() { printf '<TestRun><ResultSummary outcome="x"><Counters total="%s" executed="%s" passed="%s" failed="%s" error="0" /></ResultSummary></TestRun>' "$1" "$1" "$2" "$3" >"$results/$name.trx"; }
            . '{{Top}}/tests/'"$name/behaviour"
            """);
        var link = Path.Combine(Bin, "dotnet");
        if (!File.Exists(link))
        {
            File.CreateSymbolicLink(link, Path.Combine(Folder, "dotnet", "dotnet"));
        }

        return this;
    }

    public ScriptBed WithPrograms(params string[] names)
    {
        foreach (var name in names)
        {
            Program(Path.Combine(Bin, name), "#!/bin/bash\n");
        }

        return this;
    }

    /// <summary>A program on the machine's PATH.</summary>
    public ScriptBed WithProgram(string name, string script)
    {
        File.Delete(Path.Combine(Bin, name));
        Program(Path.Combine(Bin, name), "#!/bin/bash\n" + script);
        return this;
    }

    /// <summary>A built test project that behaves as the lines of shell say; <c>trx TOTAL PASSED FAILED</c> leaves a result file.</summary>
    public ScriptBed WithProject(string name, string behaviour, bool isBuilt = true)
    {
        Write($"tests/{name}/behaviour", behaviour);
        if (isBuilt)
        {
            Write($"tests/{name}/bin/Release/net10.0/VideoMesh.{name}.dll", "");
        }

        return this;
    }

    public void Write(string path, string text)
    {
        var file = Path.Combine(Top, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public void Touch(string name) => File.WriteAllText(Path.Combine(Folder, name), "");

    public void Remove(string name) => File.Delete(Path.Combine(Folder, name));

    public Task<ScriptResult> RunMeshAsync(params string[] arguments) => RunAsync(Mesh, arguments);

    public Task<ScriptResult> RunTestsAsync(params string[] filters) => RunAsync(Path.Combine(Top, "tests", "run-tests"), filters);

    public async Task<ScriptResult> RunAsync(string script, string[] arguments, string? workingDirectory = null, (string Name, string Value)? variable = null)
    {
        using var running = Start(script, arguments, workingDirectory, variable);
        var error = running.StandardError.ReadToEndAsync();
        var output = await running.StandardOutput.ReadToEndAsync();
        await running.WaitForExitAsync();
        return new ScriptResult(running.ExitCode, output, await error);
    }

    public Process Start(string script, string[] arguments, string? workingDirectory = null, (string Name, string Value)? variable = null)
    {
        var start = new ProcessStartInfo(script, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? Folder,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Bin;
        start.Environment["HOME"] = Folder;
        if (variable is { } given)
        {
            start.Environment[given.Name] = given.Value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static void Program(string path, string script)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, script);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
