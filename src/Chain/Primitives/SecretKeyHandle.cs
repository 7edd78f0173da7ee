using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace VideoMesh.Chain.Primitives;

/// <summary>32 secret bytes outside the managed heap: the collector never copies them, a running signature keeps them alive while another thread
/// disposes the key, and they are zeroed even if nobody disposed it.</summary>
internal sealed unsafe class SecretKeyHandle : SafeHandle
{
    internal const int Size = 32;

    /// <param name="bytes">Exactly <see cref="Size"/> bytes, copied.</param>
    internal SecretKeyHandle(ReadOnlySpan<byte> bytes)
        : base(invalidHandleValue: 0, ownsHandle: true)
    {
        SetHandle((nint)NativeMemory.AllocZeroed(Size));
        bytes[..Size].CopyTo(new Span<byte>((void*)handle, Size));
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Copies the secret out; the caller zeroes what it got.</summary>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    internal void CopyTo(Span<byte> destination)
    {
        var added = false;
        try
        {
            DangerousAddRef(ref added);
            new ReadOnlySpan<byte>((void*)handle, Size).CopyTo(destination);
        }
        finally
        {
            if (added)
            {
                DangerousRelease();
            }
        }
    }

    protected override bool ReleaseHandle()
    {
        CryptographicOperations.ZeroMemory(new Span<byte>((void*)handle, Size));
        NativeMemory.Free((void*)handle);
        return true;
    }
}
