using System.Buffers.Binary;
using System.Security.Cryptography;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Wallets;

/// <summary>Many keys from one seed, as BIP-32 derives them.</summary>
public static class HdKeys
{
    private const int Half = PrivateKey.Size;

    /// <param name="seed">16 to 64 bytes.</param>
    /// <exception cref="CryptographicException">This path has no key: one in 2^127.</exception>
    public static PrivateKey Derive(ReadOnlySpan<byte> seed, DerivationPath path)
    {
        Span<byte> digest = stackalloc byte[2 * Half];
        Span<byte> chainCode = stackalloc byte[Half];
        Span<byte> data = stackalloc byte[PublicKey.CompressedSize + sizeof(uint)];
        PrivateKey? key = null;
        try
        {
            HMACSHA512.HashData("Bitcoin seed"u8, seed, digest);
            key = PrivateKey.FromBytes(digest[..Half]);
            foreach (var step in path.Steps)
            {
                digest[Half..].CopyTo(chainCode);
                if (step >= DerivationPath.Hardened)
                {
                    data[0] = 0;
                    key.CopyTo(data[1..]);
                }
                else
                {
                    key.PublicKey.ToCompressedArray().CopyTo(data);
                }

                BinaryPrimitives.WriteUInt32BigEndian(data[PublicKey.CompressedSize..], step);
                HMACSHA512.HashData(chainCode, data, digest);
                var child = key.Plus(digest[..Half]) ?? throw NoKey(path);
                key.Dispose();
                key = child;
            }

            return key;
        }
        catch (ArgumentException)
        {
            throw NoKey(path);
        }
        catch
        {
            key?.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(digest);
            CryptographicOperations.ZeroMemory(chainCode);
            CryptographicOperations.ZeroMemory(data);
        }
    }

    private static CryptographicException NoKey(DerivationPath path) => new($"There is no key at {path} of this seed; take the next path.");
}
