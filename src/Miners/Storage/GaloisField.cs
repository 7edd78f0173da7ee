namespace VideoMesh.Miners.Storage;

/// <summary>Arithmetic of GF(2⁸) with the polynomial x⁸ + x⁴ + x³ + x² + 1 (0x11D), the usual one of erasure codes. Addition is XOR.</summary>
internal static class GaloisField
{
    private const int Polynomial = 0x11D;
    private const int Order = 255;

    private static readonly byte[] s_powers = new byte[2 * Order];
    private static readonly byte[] s_logarithms = new byte[Order + 1];

    static GaloisField()
    {
        var power = 1;
        for (var i = 0; i < Order; i++)
        {
            s_powers[i] = s_powers[i + Order] = (byte)power;
            s_logarithms[power] = (byte)i;
            power = power << 1 ^ (power >> 7) * Polynomial;
        }
    }

    public static byte Multiply(byte a, byte b) => a == 0 || b == 0 ? (byte)0 : s_powers[s_logarithms[a] + s_logarithms[b]];

    /// <exception cref="DivideByZeroException">Zero has no inverse.</exception>
    public static byte Invert(byte a) => a == 0 ? throw new DivideByZeroException() : s_powers[Order - s_logarithms[a]];

    /// <summary>Inverts a square matrix in place, by elimination.</summary>
    /// <returns>False: it has no inverse, and is spoiled.</returns>
    public static bool TryInvert(byte[,] matrix)
    {
        var size = matrix.GetLength(0);
        var inverse = new byte[size, size];
        for (var i = 0; i < size; i++)
        {
            inverse[i, i] = 1;
        }

        for (var column = 0; column < size; column++)
        {
            var pivot = column;
            while (pivot < size && matrix[pivot, column] == 0)
            {
                pivot++;
            }

            if (pivot == size)
            {
                return false;
            }

            SwapRows(matrix, pivot, column);
            SwapRows(inverse, pivot, column);
            var scale = Invert(matrix[column, column]);
            ScaleRow(matrix, column, scale);
            ScaleRow(inverse, column, scale);
            for (var row = 0; row < size; row++)
            {
                if (row != column && matrix[row, column] is var factor and not 0)
                {
                    AddRow(matrix, column, row, factor);
                    AddRow(inverse, column, row, factor);
                }
            }
        }

        Array.Copy(inverse, matrix, inverse.Length);
        return true;
    }

    private static void SwapRows(byte[,] matrix, int a, int b)
    {
        for (var column = 0; column < matrix.GetLength(1); column++)
        {
            (matrix[a, column], matrix[b, column]) = (matrix[b, column], matrix[a, column]);
        }
    }

    private static void ScaleRow(byte[,] matrix, int row, byte factor)
    {
        for (var column = 0; column < matrix.GetLength(1); column++)
        {
            matrix[row, column] = Multiply(matrix[row, column], factor);
        }
    }

    private static void AddRow(byte[,] matrix, int from, int to, byte factor)
    {
        for (var column = 0; column < matrix.GetLength(1); column++)
        {
            matrix[to, column] ^= Multiply(matrix[from, column], factor);
        }
    }
}
