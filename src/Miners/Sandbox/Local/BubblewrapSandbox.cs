using Microsoft.Extensions.Logging;
using VideoMesh.Miners.Sandbox.ControlGroups;
using VideoMesh.Miners.Sandbox.Native;

namespace VideoMesh.Miners.Sandbox.Local;

/// <summary>Each command in namespaces of its own, made by bubblewrap.</summary>
internal sealed class BubblewrapSandbox : ISandbox
{
    private readonly Plan ours;
    private readonly ScratchFolder folders;
    private readonly TimeProvider time;
    private int groups;

    private BubblewrapSandbox(Plan plan, ScratchFolder scratch, TimeProvider time)
    {
        ours = plan;
        folders = scratch;
        this.time = time;
    }

    public string Kind => "bubblewrap";

    /// <exception cref="SandboxException">No sandbox can be made; the message says what mends it.</exception>
    public static async Task<BubblewrapSandbox> CreateAsync(MediaTools tools, SandboxOptions options, CancellationToken cancellationToken)
    {
        var bwrap = HostTools.Require("bwrap", "bubblewrap");
        var (_, help, _) = await HostCommand.RunAsync(bwrap, ["--help"], cancellationToken);
        var abilities = new BubblewrapAbilities(
            help.Contains("--size ", StringComparison.Ordinal), help.Contains("--disable-userns", StringComparison.Ordinal), NestsUserNamespace: true);
        var home = ControlGroupHome.Find(new ControlGroupMounts(
            await File.ReadAllTextAsync("/proc/self/mountinfo", cancellationToken),
            await File.ReadAllTextAsync("/proc/self/cgroup", cancellationToken)));
        var helpers = new InsideHelpers(
            HostTools.Require("setpriv", "util-linux"), HostTools.Require("unshare", "util-linux"),
            HostTools.Require("prlimit", "util-linux"), HostTools.Require("timeout", "coreutils"));
        var best = new Plan(
            bwrap, helpers, await InsideTool.OfAsync(tools.Ffmpeg, "ffmpeg", cancellationToken),
            await InsideTool.OfAsync(tools.Ffprobe, "ffprobe", cancellationToken), abilities, home);
        var scratch = await ScratchFolder.CreateAsync(options.ScratchRoot, name => home?.RemoveLeftovers(name));
        try
        {
            var plan = await FirstThatWorksAsync(best, scratch, options, cancellationToken);
            return new BubblewrapSandbox(plan, scratch, options.Time);
        }
        catch
        {
            await scratch.DisposeAsync();
            throw;
        }
    }

    public async Task<ISandboxSession> OpenAsync(SandboxMounts mounts, SandboxLimits limits, CancellationToken cancellationToken)
    {
        var user = SandboxUser.Choose();
        ours.Ffmpeg.RequireRunnableBy(user);
        ours.Ffprobe.RequireRunnableBy(user);
        var folder = await SessionFolder.CreateAsync(folders, mounts, user, linkInputs: false, cancellationToken);
        return new BubblewrapSession(ours, NewGroupName, folder, user, limits, time);
    }

    public ValueTask DisposeAsync() => folders.DisposeAsync();

    private string NewGroupName() => ControlGroupHome.GroupName(folders.Name, Interlocked.Increment(ref groups));

    /// <summary>Tries the strongest plan first; what the machine forbids is left out only after it was seen to fail.</summary>
    private static async Task<Plan> FirstThatWorksAsync(
        Plan best, ScratchFolder scratch, SandboxOptions options, CancellationToken cancellationToken)
    {
        var flat = best with { Abilities = best.Abilities with { NestsUserNamespace = false } };
        Plan[] plans = [best, flat, best with { Groups = null }, flat with { Groups = null }];
        SandboxException? refusal = null;
        foreach (var plan in plans.Distinct())
        {
            try
            {
                await using var trial = new BubblewrapSandbox(plan, scratch, options.Time).Trial();
                await trial.ProveAsync(cancellationToken);
                if (plan != best)
                {
                    options.Logger?.LogInformation("The sandbox goes without what this machine forbids: {Reason}", refusal!.Message);
                }

                return plan;
            }
            catch (SandboxException failure)
            {
                refusal ??= failure;
            }
        }

        throw refusal!;
    }

    private BubblewrapSession Trial()
    {
        var user = SandboxUser.Choose();
        return new BubblewrapSession(
            ours, NewGroupName, SessionFolder.Empty(folders), user, new SandboxLimits { WallTime = TimeSpan.FromSeconds(30) }, time);
    }

    /// <summary>All that was found out about the machine once.</summary>
    internal sealed record Plan(
        string Bwrap, InsideHelpers Helpers, InsideTool Ffmpeg, InsideTool Ffprobe, BubblewrapAbilities Abilities, ControlGroupHome? Groups);
}
