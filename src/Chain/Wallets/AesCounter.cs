using System.Security.Cryptography;

namespace VideoMesh.Chain.Wallets;

/// <summary>AES in counter mode, which .NET lacks: the data combined with the encrypted numbers that follow an initial one.</summary>
internal static class AesCounter
{
    internal const int BlockSize = 16;

    /// <summary>Encrypts, and decrypts what it encrypted, in place.</summary>
    /// <param name="key">16 or 32 bytes.</param>
    /// <param name="initial">16 bytes, big endian.</param>
    internal static void Apply(ReadOnlySpan<byte> key, ReadOnlySpan<byte> initial, Span<byte> data)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        Span<byte> counter = stackalloc byte[BlockSize];
        Span<byte> block = stackalloc byte[BlockSize];
        initial.CopyTo(counter);
        for (; !data.IsEmpty; data = data[Math.Min(BlockSize, data.Length)..])
        {
            aes.EncryptEcb(counter, block, PaddingMode.None);
            for (var i = 0; i < Math.Min(BlockSize, data.Length); i++)
            {
                data[i] ^= block[i];
            }

            for (var i = BlockSize - 1; i >= 0 && ++counter[i] == 0; i--)
            {
            }
        }

        CryptographicOperations.ZeroMemory(block);
    }
}
