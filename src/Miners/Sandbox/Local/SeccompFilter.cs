using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace VideoMesh.Miners.Sandbox.Local;

/// <summary>
/// A system call filter for what no codec needs and what holes in kernels have been reached through. A list of refusals, since the
/// calls that some build of ffmpeg needs cannot be known; Docker brings its own, stricter list.
/// </summary>
internal static class SeccompFilter
{
    private const ushort LoadWord = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfGreaterOrEqual = 0x35;
    private const ushort JumpIfAnyBit = 0x45;
    private const ushort Return = 0x06;
    private const uint Allow = 0x7fff0000;
    private const uint Refuse = 0x00050000;
    private const uint NotPermitted = 1;
    private const uint NoSuchCall = 38;
    private const uint NoSuchFamily = 97;

    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint FirstArgumentOffset = 16;

    /// <summary>CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID and NET.</summary>
    private const uint NewNamespace = 0x7e020000;

    /// <summary>Calls of the second number table bit on x86-64, which no distribution uses.</summary>
    private const uint OtherTable = 0x40000000;

    /// <summary>AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: all reach only the empty network namespace. AF_VSOCK, for one, does not.</summary>
    private static readonly uint[] Families = [1, 2, 10, 16];

    /// <summary>Same number on every architecture: io_uring_*, open_tree, move_mount, fs*, mount_setattr.</summary>
    private static readonly uint[] CommonCalls = [425, 426, 427, 428, 429, 430, 431, 432, 433, 442];

    // In order: ptrace syslog personality mount umount2 swapon swapoff reboot sethostname setdomainname init_module delete_module quotactl
    // acct settimeofday adjtimex clock_settime clock_adjtime lookup_dcookie kexec_load add_key request_key keyctl perf_event_open
    // fanotify_init name_to_handle_at open_by_handle_at setns process_vm_readv process_vm_writev kcmp finit_module kexec_file_load bpf
    // userfaultfd pivot_root chroot vhangup
    private static readonly Machine X64 = new(
        0xC000003E, CloneCall: 56, Clone3Call: 435, UnshareCall: 272, SocketCall: 41,
        [
            101, 103, 135, 165, 166, 167, 168, 169, 170, 171, 175, 176, 179, 163, 164, 159, 227, 305, 212, 246, 248, 249, 250, 298,
            300, 303, 304, 308, 310, 311, 312, 313, 320, 321, 323, 155, 161, 153,
        ]);

    private static readonly Machine Arm64 = new(
        0xC00000B7, CloneCall: 220, Clone3Call: 435, UnshareCall: 97, SocketCall: 198,
        [
            117, 116, 92, 40, 39, 224, 225, 142, 161, 162, 105, 106, 60, 89, 170, 171, 112, 266, 18, 104, 217, 218, 219, 241,
            262, 264, 265, 268, 270, 271, 272, 273, 294, 280, 282, 41, 51, 58,
        ]);

    /// <summary>The filter as bwrap reads it: an array of the kernel's 8-byte instructions. Null on other architectures.</summary>
    /// <param name="allowUnshare">The set-up itself still has to enter a user namespace, out of which no further one can be made.</param>
    public static byte[]? Build(Architecture architecture, bool allowUnshare) => architecture switch
    {
        Architecture.X64 => Build(X64, allowUnshare),
        Architecture.Arm64 => Build(Arm64, allowUnshare),
        _ => null,
    };

    private static byte[] Build(Machine machine, bool allowUnshare)
    {
        List<(ushort Code, byte IfTrue, byte IfFalse, uint Value)> program =
        [
            (LoadWord, 0, 0, ArchitectureOffset),
            (JumpIfEqual, 1, 0, machine.Audit),
            (Return, 0, 0, Refuse | NoSuchCall),
            (LoadWord, 0, 0, NumberOffset),
            (JumpIfGreaterOrEqual, 0, 1, OtherTable),
            (Return, 0, 0, Refuse | NoSuchCall),
        ];
        foreach (var call in machine.Calls.Concat(CommonCalls).Concat(allowUnshare ? [] : [machine.UnshareCall]))
        {
            program.AddRange([(JumpIfEqual, 0, 1, call), (Return, 0, 0, Refuse | NotPermitted)]);
        }

        // Its flags lie in memory, out of a filter's sight; libraries then fall back to clone.
        program.AddRange([(JumpIfEqual, 0, 1, machine.Clone3Call), (Return, 0, 0, Refuse | NoSuchCall)]);
        program.AddRange(
        [
            (JumpIfEqual, 0, 4, machine.CloneCall),
            (LoadWord, 0, 0, FirstArgumentOffset),
            (JumpIfAnyBit, 0, 1, NewNamespace),
            (Return, 0, 0, Refuse | NotPermitted),
            (Return, 0, 0, Allow),
            (JumpIfEqual, 1, 0, machine.SocketCall),
            (Return, 0, 0, Allow),
            (LoadWord, 0, 0, FirstArgumentOffset),
        ]);
        foreach (var family in Families)
        {
            program.AddRange([(JumpIfEqual, 0, 1, family), (Return, 0, 0, Allow)]);
        }

        program.Add((Return, 0, 0, Refuse | NoSuchFamily));
        var bytes = new byte[program.Count * 8];
        foreach (var (instruction, at) in program.Select((instruction, i) => (instruction, i * 8)))
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), instruction.Code);
            bytes[at + 2] = instruction.IfTrue;
            bytes[at + 3] = instruction.IfFalse;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at + 4), instruction.Value);
        }

        return bytes;
    }

    private sealed record Machine(uint Audit, uint CloneCall, uint Clone3Call, uint UnshareCall, uint SocketCall, uint[] Calls);
}
