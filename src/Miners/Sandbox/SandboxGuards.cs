namespace VideoMesh.Miners.Sandbox;

/// <summary>How far a limit reaches on this machine.</summary>
public enum LimitReach
{
    /// <summary>Not enforced.</summary>
    Nowhere,

    /// <summary>Each process on its own: a program that forks can use a multiple of it.</summary>
    EachProcess,

    /// <summary>The whole process tree of a command together.</summary>
    WholeTree,
}

/// <summary>Which of <see cref="SandboxLimits"/> are really in force. Wall-clock time always reaches the whole tree.</summary>
public sealed record SandboxGuards(LimitReach Memory, LimitReach Pids, LimitReach Cpus, LimitReach CpuTime, LimitReach FileBytes)
{
    public static SandboxGuards Unknown { get; } =
        new(LimitReach.Nowhere, LimitReach.Nowhere, LimitReach.Nowhere, LimitReach.Nowhere, LimitReach.Nowhere);
}
