using System.CommandLine;
using VideoMesh.Client.Node;

namespace VideoMesh.Client.Commands;

/// <summary>The options of every verb that runs a job: how miners reach this machine.</summary>
internal sealed class ReachFlags
{
    private readonly Option<string?> _publicUrl = new("--public-url")
    {
        Description = "URL at which miners reach this machine while the job runs; its port is listened on. Without it, only miners on this machine can dial it.",
    };

    private readonly Option<bool> _outboundOnly = new("--outbound-only") { Description = "Let nobody dial this machine: miners must then be reachable themselves." };

    public void AddTo(Command command)
    {
        command.Options.Add(_publicUrl);
        command.Options.Add(_outboundOnly);
    }

    public JobSetting Read(CommandRun run, SandboxFlags sandbox)
    {
        var url = run.Value(_publicUrl) is { } text ? Urls.Parse("--public-url", text) : null;
        return url is not null && run.Value(_outboundOnly)
            ? throw CommandFailure.Usage("public-and-outbound-only", "--public-url and --outbound-only exclude each other.")
            : new JobSetting(sandbox.Read(run), sandbox.Arguments(run), url, run.Value(_outboundOnly));
    }
}
