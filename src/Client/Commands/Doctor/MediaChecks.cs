using System.Text;
using System.Text.RegularExpressions;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Client.Commands.Doctor;

/// <summary>ffmpeg, and the sandboxes it may run in. Everything is really tried: a program is started in each.</summary>
internal sealed partial class MediaChecks(Host host, SandboxOptions options)
{
    /// <summary>Every codec of the provable catalogue needs its encoder.</summary>
    internal static readonly string[] NeededEncoders = ["libx264", "libx265", "libvpx-vp9", "libsvtav1", "aac", "libopus"];

    private static readonly string[] Programs = ["ffmpeg", "ffprobe"];

    private static readonly string[] AskVersion = ["-hide_banner", "-version"];

    private static readonly string[] AskEncoders = ["-hide_banner", "-encoders"];

    /// <summary>Findings in the order in which they are worth reading, and the sandbox that <c>auto</c> takes, or null.</summary>
    public async Task<(IReadOnlyList<Finding> Findings, string? Sandbox)> RunAsync(CancellationToken cancellationToken)
    {
        var missing = MissingPrograms().ToList();
        if (missing.Count > 0)
        {
            return (missing, null);
        }

        var bubblewrap = await TryAsync(SandboxKind.Bubblewrap, cancellationToken);
        var docker = await TryAsync(SandboxKind.Docker, cancellationToken);
        var findings = new List<Finding>();
        string? chosen = null;
        try
        {
            await using var sandbox = await Sandboxes.CreateAsync(options with { Kind = SandboxKind.Auto }, cancellationToken);
            chosen = sandbox.Kind;
            await using var session = await sandbox.OpenAsync(SandboxMounts.None, new SandboxLimits(), cancellationToken);
            findings.AddRange(await ProgramsAsync(session, cancellationToken));
            findings.Add(Limits(session.Guards));
        }
        catch (SandboxException failure)
        {
            findings.Add(Finding.Failed("sandbox", OneLine(failure.Message), BubblewrapFix()));
        }

        // either sandbox will do, so a missing one is only a failure where the other is missing too
        findings.Add(bubblewrap is null ? Finding.Ok("bubblewrap", "ffmpeg runs in it") : new Finding("bubblewrap", chosen is null ? FindingState.Failed : FindingState.Absent, OneLine(bubblewrap), BubblewrapFix()));
        findings.Add(docker is null ? Finding.Ok("docker", "ffmpeg runs in it") : Finding.Absent("docker", OneLine(docker), DockerFix()));
        return (findings, chosen);
    }

    /// <summary>The encoders that a listing of <c>ffmpeg -encoders</c> lacks.</summary>
    internal static IReadOnlyList<string> MissingEncoders(string listing)
    {
        var present = EncoderLine().Matches(listing).Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
        return [.. NeededEncoders.Where(encoder => !present.Contains(encoder))];
    }

    /// <summary>The command that lets bubblewrap make its namespaces, by what the kernel says about them.</summary>
    internal string BubblewrapFix()
    {
        if (host.FindProgram("bwrap") is null)
        {
            return host.Install("bubblewrap");
        }

        // Debian's switch, everybody's limit, Ubuntu's AppArmor rule
        (string File, string Bad, string Good)[] switches =
        [
            ("kernel/unprivileged_userns_clone", "0", "1"), ("user/max_user_namespaces", "0", "15000"), ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
        ];
        foreach (var (file, bad, good) in switches)
        {
            if (string.Equals(host.ReadLine($"proc/sys/{file}"), bad, StringComparison.Ordinal))
            {
                return host.AsRoot($"sysctl -w {file.Replace('/', '.')}={good}");
            }
        }

        return host.Exists(".dockerenv") || host.Exists("run/.containerenv")
            ? "docker run --privileged …   # this is a container; it may not make namespaces unless it is started so"
            : "bwrap --ro-bind / / --unshare-all true   # shows what the kernel refuses";
    }

    /// <summary>The command that makes a Docker engine answer us.</summary>
    internal string DockerFix() =>
        host.FindProgram("dockerd") is null ? host.Install("docker.io")
        : host.Exists("var/run/docker.sock") && !host.IsRoot ? "sudo usermod -aG docker \"$USER\"   # then log in again; members of that group are as good as root"
        : host.Exists("run/systemd/system") ? host.AsRoot("systemctl start docker")
        : host.AsRoot("dockerd");

    private IEnumerable<Finding> MissingPrograms()
    {
        if (options.FfmpegPath is { } path)
        {
            return File.Exists(path) ? [] : [Finding.Failed("ffmpeg", $"{path} does not exist", $"ls -l '{path}'   # give --ffmpeg the path of an ffmpeg, or leave it out")];
        }

        return Programs
            .Where(name => host.FindProgram(name) is null)
            .Select(name => Finding.Failed(name, "is not in PATH", host.Install("ffmpeg")));
    }

    private async Task<IReadOnlyList<Finding>> ProgramsAsync(ISandboxSession session, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        foreach (var (tool, name) in new[] { (MediaTool.Ffmpeg, "ffmpeg"), (MediaTool.Ffprobe, "ffprobe") })
        {
            var (result, output) = await AskAsync(session, tool, AskVersion, cancellationToken);
            findings.Add(VersionLine().Match(output) is { Success: true } version && result.ExitCode == 0
                ? Finding.Ok(name, $"{version.Groups["version"].Value} at {options.FfmpegPath ?? host.FindProgram(name)}")
                : Finding.Failed(name, $"does not say its version: {OneLine(result.Errors)}", host.Install("--reinstall ffmpeg")));
        }

        var (_, encoders) = await AskAsync(session, MediaTool.Ffmpeg, AskEncoders, cancellationToken);
        var missing = MissingEncoders(encoders);
        findings.Add(missing.Count == 0
            ? Finding.Ok("encoders", string.Join(", ", NeededEncoders))
            : Finding.Failed("encoders", $"this ffmpeg lacks {string.Join(", ", missing)}", $"{host.Install("--reinstall ffmpeg")}   # the distribution's build has them all; or give --ffmpeg another build"));
        return findings;
    }

    private static Finding Limits(SandboxGuards guards)
    {
        (string What, LimitReach Reach)[] limits =
            [("memory", guards.Memory), ("processes", guards.Pids), ("cores", guards.Cpus), ("CPU time", guards.CpuTime), ("file size", guards.FileBytes)];
        var detail = string.Join(", ", limits.Select(limit => $"{limit.What} {(limit.Reach switch
        {
            LimitReach.WholeTree => "of the whole tree",
            LimitReach.EachProcess => "of each process",
            _ => "not at all",
        })}"));
        return guards is { Memory: LimitReach.WholeTree, Pids: not LimitReach.Nowhere }
            ? Finding.Ok("limits", detail)
            : Finding.Absent("limits", detail, "systemd-run --user --scope -p Delegate=yes ./mesh node …   # control groups limit whole trees; root may make them, or a user whom systemd gives some");
    }

    /// <summary>Null if a program runs in that sandbox, else why not.</summary>
    private async Task<string?> TryAsync(SandboxKind kind, CancellationToken cancellationToken)
    {
        try
        {
            await using var sandbox = await Sandboxes.CreateAsync(options with { Kind = kind }, cancellationToken);
            return null;
        }
        catch (SandboxException failure)
        {
            return failure.Message;
        }
    }

    private static async Task<(SandboxResult Result, string Output)> AskAsync(ISandboxSession session, MediaTool tool, string[] arguments, CancellationToken cancellationToken)
    {
        var output = "";
        var result = await session.RunAsync(
            new SandboxCommand
            {
                Tool = tool,
                Arguments = arguments,
                WallTime = TimeSpan.FromSeconds(30),
                ReadOutput = async (stream, cancellation) =>
                {
                    using var reader = new StreamReader(stream, Encoding.UTF8);
                    output = await reader.ReadToEndAsync(cancellation);
                },
            },
            cancellationToken);
        return (result, output);
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim().TrimEnd('.');

    [GeneratedRegex(@"^ff\w+ version (?<version>\S+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionLine();

    [GeneratedRegex(@"^ [VAS][A-Z.]{5} (?<name>\S+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EncoderLine();
}
