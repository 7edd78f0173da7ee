using System.Runtime.InteropServices;

namespace VideoMesh.Miners.Sandbox.Native;

/// <summary>Type, owner and mode of a file, which .NET tells only in part.</summary>
internal readonly record struct FileFacts(uint User, uint Group, uint Mode)
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint BasicMask = 0x7ff;
    private const uint TypeMask = 0xF000;

    public bool IsRegular => (Mode & TypeMask) == 0x8000;

    public bool IsFolder => (Mode & TypeMask) == 0x4000;

    public bool ReadableBy(uint user, uint group) => Allows(user, group, 4);

    public bool RunnableBy(uint user, uint group) => Allows(user, group, 5);

    /// <summary>Null if there is nothing at the path, or it cannot be looked at.</summary>
    public static unsafe FileFacts? Of(string path, bool followLinks)
    {
        var result = stackalloc byte[256];
        if (Libc.Stat(CurrentFolder, path, followLinks ? 0 : NoFollow, BasicMask, result) != 0)
        {
            return null;
        }

        // struct statx has the same layout on every architecture: uid at 20, gid at 24, mode at 28.
        var bytes = new ReadOnlySpan<byte>(result, 256);
        return new FileFacts(
            MemoryMarshal.Read<uint>(bytes[20..]),
            MemoryMarshal.Read<uint>(bytes[24..]),
            MemoryMarshal.Read<ushort>(bytes[28..]));
    }

    private bool Allows(uint user, uint group, uint wanted)
    {
        var granted = user == User ? Mode >> 6 : group == Group ? Mode >> 3 : Mode;
        return (granted & wanted) == wanted;
    }
}
