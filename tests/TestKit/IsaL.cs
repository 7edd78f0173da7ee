using System.Runtime.InteropServices;

namespace VideoMesh.TestKit;

/// <summary>Intel's ISA-L (Debian's libisal2): another's erasure code to check and measure ours against.</summary>
public static unsafe partial class IsaL
{
    private const string Library = "libisal.so.2";

    /// <param name="data">Blocks of one length.</param>
    /// <returns>The parity blocks of its Cauchy code.</returns>
    public static byte[][] Encode(byte[][] data, int parity)
    {
        var length = data[0].Length;
        var made = Enumerable.Range(0, parity).Select(_ => new byte[length]).ToArray();
        var pins = data.Concat(made).Select(block => block.AsMemory().Pin()).ToList();
        Encoder(data.Length, parity)([.. pins.Take(data.Length).Select(pin => (nint)pin.Pointer)], [.. pins.Skip(data.Length).Select(pin => (nint)pin.Pointer)], length);
        pins.ForEach(pin => pin.Dispose());
        return made;
    }

    /// <summary>Its tables made once, to encode many stripes: pointers to data and to parity, and the length of each block.</summary>
    public static Action<nint[], nint[], int> Encoder(int data, int parity)
    {
        var matrix = new byte[(data + parity) * data];
        MakeCauchyMatrix(matrix, data + parity, data);
        var tables = new byte[32 * data * parity];
        fixed (byte* rows = &matrix[data * data])
        {
            MakeTables(data, parity, rows, tables);
        }

        return (from, to, length) => EncodeData(length, data, parity, tables, from, to);
    }

    [LibraryImport(Library, EntryPoint = "gf_gen_cauchy1_matrix")]
    private static partial void MakeCauchyMatrix(byte[] matrix, int rows, int columns);

    [LibraryImport(Library, EntryPoint = "ec_init_tables")]
    private static partial void MakeTables(int data, int parity, byte* rows, byte[] tables);

    [LibraryImport(Library, EntryPoint = "ec_encode_data")]
    private static partial void EncodeData(int length, int data, int parity, byte[] tables, nint[] from, nint[] to);
}
