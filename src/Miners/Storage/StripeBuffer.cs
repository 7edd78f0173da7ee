namespace VideoMesh.Miners.Storage;

/// <summary>Room for the blocks of one stripe, used again for the next.</summary>
internal sealed class StripeBuffer(int blocks, int longestBytes)
{
    private readonly byte[]?[] _room = new byte[blocks][];

    /// <summary>Room for one block.</summary>
    public Memory<byte> Block(int place, int bytes) => (_room[place] ??= new byte[longestBytes]).AsMemory(0, bytes);
}
