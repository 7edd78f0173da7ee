using System.Runtime.InteropServices;
using VideoMesh.Miners.Sandbox.ControlGroups;
using VideoMesh.Miners.Sandbox.Native;

namespace VideoMesh.Miners.Sandbox.Local;

internal sealed class BubblewrapSession(
    BubblewrapSandbox.Plan plan, Func<string> newGroupName, SessionFolder folder, SandboxUser user, SandboxLimits limits, TimeProvider time)
    : LocalSession(folder, user, limits, time)
{
    /// <summary>The namespace's first process and the one that keeps the wall clock, which are not the tool's.</summary>
    private const int OwnProcesses = 2;
    private readonly TimeProvider time = time;
    private readonly SandboxLimits granted = limits with { Pids = limits.Pids + OwnProcesses };

    public override SandboxGuards Guards { get; } = new(
        Memory: Has(plan, "memory") ? LimitReach.WholeTree : LimitReach.EachProcess,
        Pids: LimitReach.WholeTree,
        Cpus: Has(plan, "cpu") ? LimitReach.WholeTree : LimitReach.Nowhere,
        CpuTime: LimitReach.WholeTree,
        FileBytes: LimitReach.EachProcess);

    public override string InputPath(string name) => $"{BubblewrapArguments.Inputs}/{Folder.Input(name)}";

    /// <summary>Runs a program that does nothing.</summary>
    /// <exception cref="SandboxException">The machine does not let us build the sandbox.</exception>
    public async Task ProveAsync(CancellationToken cancellationToken)
    {
        var nothing = new InsideTool(HostTools.Require("true", "coreutils"), new Dictionary<string, string>(StringComparer.Ordinal));
        try
        {
            using var started = await StartAsync(nothing, [], () => Task.CompletedTask, CancellationToken.None);
            await using var kill = cancellationToken.UnsafeRegister(static state => _ = ((LocalCommand)state!).KillAsync(), started);
            var end = await started.Completion;
            cancellationToken.ThrowIfCancellationRequested();
            if (end.ExitCode != 0)
            {
                throw new SandboxException($"bubblewrap ran but its limits could not be set ({started.Errors.ToString().Trim()}).");
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            throw new SandboxException($"bubblewrap cannot be used ({failure.Message}).", failure);
        }
    }

    protected override Task<LocalCommand> StartAsync(SandboxCommand command, CancellationToken cancellationToken) =>
        StartAsync(command.Tool == MediaTool.Ffmpeg ? plan.Ffmpeg : plan.Ffprobe, command.Arguments, () => command.TurnAsync(cancellationToken), cancellationToken);

    private async Task<LocalCommand> StartAsync(InsideTool tool, IReadOnlyList<string> toolArguments, Func<Task> turn, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var shown = plan.Ffmpeg.Shown.Concat(plan.Ffprobe.Shown).DistinctBy(pair => pair.Key, StringComparer.Ordinal);
        var resources = ResourceLimits.Arguments(
            granted, addressSpace: !Has(plan, "memory"), processes: true);
        var filter = SeccompFilter.Build(
            RuntimeInformation.ProcessArchitecture, allowUnshare: User.DiffersFromCaller && plan.Abilities.NestsUserNamespace);
        string[] arguments =
        [
            .. BubblewrapArguments.World(Folder, shown, User, plan.Abilities, filtered: filter is not null),
            .. BubblewrapArguments.Descent(plan.Helpers, User, plan.Abilities, resources, Limits.WallTime),
            tool.Path, .. toolArguments,
        ];
        var group = plan.Groups is { } home ? ControlGroup.Create(home, newGroupName(), granted) : null;
        var start = new ChildStart(plan.Bwrap, arguments, CleanEnvironment.For("/"), "/", []);
        return await BubblewrapCommand.StartAsync(start, filter, group, time, turn);
    }

    private static bool Has(BubblewrapSandbox.Plan plan, string controller) => plan.Groups?.Controllers.ContainsKey(controller) == true;
}
