using System.Runtime.InteropServices;

namespace VideoMesh.Miners.Sandbox.Native;

/// <summary>A null-terminated array of C strings.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly int count;

    public NativeStrings(IReadOnlyList<string> values)
    {
        count = values.Count;
        Pointer = (nint*)NativeMemory.AllocZeroed((nuint)(count + 1), (nuint)sizeof(nint));
        for (var i = 0; i < count; i++)
        {
            Pointer[i] = Marshal.StringToCoTaskMemUTF8(values[i]);
        }
    }

    public nint* Pointer { get; }

    public void Dispose()
    {
        for (var i = 0; i < count; i++)
        {
            Marshal.FreeCoTaskMem(Pointer[i]);
        }

        NativeMemory.Free(Pointer);
    }
}
