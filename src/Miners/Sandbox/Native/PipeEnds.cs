using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VideoMesh.Miners.Sandbox.Native;

/// <summary>A pipe no other child inherits by accident. Its ends have high numbers, so that handing them to a child under a
/// low number never overwrites one still needed.</summary>
internal sealed class PipeEnds : IDisposable
{
    private const int LowestDescriptor = 64;

    public unsafe PipeEnds()
    {
        var ends = stackalloc int[2];
        if (Libc.Pipe(ends, Libc.CloseOnExec) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        Reading = Raise(ends[0]);
        Writing = Raise(ends[1]);
    }

    public SafeFileHandle Reading { get; private set; }

    public SafeFileHandle Writing { get; private set; }

    /// <summary>Hands the reading end to an owner who outlives this pipe.</summary>
    public SafeFileHandle TakeReading()
    {
        var taken = Reading;
        Reading = new SafeFileHandle();
        return taken;
    }

    /// <inheritdoc cref="TakeReading"/>
    public SafeFileHandle TakeWriting()
    {
        var taken = Writing;
        Writing = new SafeFileHandle();
        return taken;
    }

    public void Dispose()
    {
        Reading.Dispose();
        Writing.Dispose();
    }

    private static SafeFileHandle Raise(int descriptor)
    {
        using var low = new SafeFileHandle(descriptor, ownsHandle: true);
        var high = Libc.Control(descriptor, Libc.DuplicateCloseOnExec, LowestDescriptor);
        return high >= 0 ? new SafeFileHandle(high, ownsHandle: true) : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }
}
