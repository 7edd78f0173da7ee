using System.Buffers.Binary;
using VideoMesh.Miners.Media;

namespace VideoMesh.TestKit.Media;

/// <summary>Writes a display matrix into an MP4 file, as phones and mirrored cameras do. ffmpeg's own muxer writes only turns.</summary>
public static class DisplayMatrixPatch
{
    private const int One = 0x00010000;

    /// <summary>Makes the first track's picture stand upright only when it is treated by <paramref name="orientation"/>.</summary>
    public static async Task WriteAsync(string path, Orientation orientation)
    {
        var bytes = await File.ReadAllBytesAsync(path);
        // 'tkhd', version and flags, times, identity, duration, then 16 bytes of layer and volume
        var matrix = bytes.AsSpan().IndexOf("tkhd"u8) + 4 + 4 + 20 + 16;
        var (a, b, c, d) = Coefficients(orientation);
        foreach (var (at, value) in ((int, int)[])[(0, a), (4, b), (12, c), (16, d)])
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(matrix + at), value * One);
        }

        await File.WriteAllBytesAsync(path, bytes);
    }

    // a point (x, y) is shown at (a·x + c·y, b·x + d·y), y pointing down
    private static (int A, int B, int C, int D) Coefficients(Orientation orientation) => orientation switch
    {
        Orientation.TurnClockwise => (0, 1, -1, 0),
        Orientation.TurnHalf => (-1, 0, 0, -1),
        Orientation.TurnAnticlockwise => (0, -1, 1, 0),
        Orientation.Mirror => (-1, 0, 0, 1),
        Orientation.MirrorTurnClockwise => (0, -1, -1, 0),
        Orientation.MirrorTurnHalf => (1, 0, 0, -1),
        Orientation.MirrorTurnAnticlockwise => (0, 1, 1, 0),
        _ => (1, 0, 0, 1),
    };
}
