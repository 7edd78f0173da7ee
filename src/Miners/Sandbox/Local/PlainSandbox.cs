using VideoMesh.Miners.Sandbox.Native;

namespace VideoMesh.Miners.Sandbox.Local;

/// <summary>No isolation: plain processes with resource limits. For machines where the videos and the ffmpeg are trusted.</summary>
internal sealed class PlainSandbox(MediaTools tools, ScratchFolder scratch, TimeProvider time) : ISandbox
{
    public string Kind => "none";

    public async Task<ISandboxSession> OpenAsync(SandboxMounts mounts, SandboxLimits limits, CancellationToken cancellationToken)
    {
        var caller = new SandboxUser(Libc.EffectiveUser(), Libc.EffectiveGroup());
        var folder = await SessionFolder.CreateAsync(scratch, mounts, caller, linkInputs: true, cancellationToken);
        return new Session(tools, folder, caller, limits, time);
    }

    public ValueTask DisposeAsync() => scratch.DisposeAsync();

    private sealed class Session(MediaTools tools, SessionFolder folder, SandboxUser user, SandboxLimits limits, TimeProvider time)
        : LocalSession(folder, user, limits, time)
    {
        private readonly string setpriv = HostTools.Require("setpriv", "util-linux");
        private readonly string prlimit = HostTools.Require("prlimit", "util-linux");

        public override SandboxGuards Guards { get; } = new(
            Memory: LimitReach.EachProcess,
            Pids: LimitReach.Nowhere,
            Cpus: LimitReach.Nowhere,
            CpuTime: LimitReach.WholeTree,
            FileBytes: LimitReach.EachProcess);

        public override string InputPath(string name) => Folder.Inputs[Folder.Input(name)];

        protected override async Task<LocalCommand> StartAsync(SandboxCommand command, CancellationToken cancellationToken)
        {
            // The parent-death signal reaches the program itself; what it started ends when its pipes break.
            string[] arguments =
            [
                "--pdeathsig", "KILL", "--no-new-privs", "--", prlimit,
                .. ResourceLimits.Arguments(Limits, addressSpace: true, processes: false), "--",
                tools.PathOf(command.Tool), .. command.Arguments,
            ];
            await command.TurnAsync(cancellationToken);
            return new Command(await ChildProcess.StartAsync(
                new ChildStart(setpriv, arguments, CleanEnvironment.For(WorkFolder), WorkFolder, [])));
        }
    }

    private sealed class Command(ChildProcess child) : LocalCommand(child)
    {
        public override Task<TimeSpan?> CpuSoFarAsync() => Task.FromResult<TimeSpan?>(ProcessTree.Cpu(Child.Id));

        protected override Task<CommandEnd> ConcludeAsync(ChildExit exit) =>
            Task.FromResult(new CommandEnd(exit.Code, exit.Cpu, OutOfMemory: false));
    }
}
