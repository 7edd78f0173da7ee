namespace VideoMesh.Miners.Media;

/// <summary>Counts the frames of a one-track Matroska file by walking its element headers: a check on the splitter that costs no process.</summary>
internal static class MatroskaFrames
{
    private const uint Segment = 0x18538067;
    private const uint Cluster = 0x1F43B675;
    private const uint BlockGroup = 0xA0;
    private const uint SimpleBlock = 0xA3;
    private const uint Block = 0xA1;

    /// <exception cref="InvalidDataException">The file is not well-formed.</exception>
    public static int Count(Stream file)
    {
        // headers are a few bytes each and lie far apart
        using var stream = new BufferedStream(file, 64);
        var frames = 0;
        while (stream.Position < stream.Length)
        {
            var id = (uint)Number(stream, keepMarker: true, most: 4, out _);
            var size = Number(stream, keepMarker: false, most: 8, out var unknown);
            switch (id)
            {
                // entered, not skipped: their children are read by the same loop
                case Segment or Cluster or BlockGroup:
                    break;
                case SimpleBlock or Block:
                    frames++;
                    Skip(stream, size, unknown);
                    break;
                default:
                    Skip(stream, size, unknown);
                    break;
            }
        }

        return frames;
    }

    private static void Skip(Stream stream, ulong size, bool unknown)
    {
        if (unknown || size > (ulong)(stream.Length - stream.Position))
        {
            throw new InvalidDataException("An element reaches past the end of the file.");
        }

        stream.Seek((long)size, SeekOrigin.Current);
    }

    private static ulong Number(Stream stream, bool keepMarker, int most, out bool unknown)
    {
        var first = Byte(stream);
        var length = 1;
        for (var mask = 0x80; (first & mask) == 0; mask >>= 1)
        {
            if (++length > most)
            {
                throw new InvalidDataException("A number is longer than Matroska allows.");
            }
        }

        var value = (ulong)(keepMarker ? first : first & ((1 << (8 - length)) - 1));
        for (var i = 1; i < length; i++)
        {
            value = (value << 8) | (uint)Byte(stream);
        }

        unknown = !keepMarker && value == (1UL << (7 * length)) - 1;
        return value;
    }

    private static int Byte(Stream stream)
    {
        var value = stream.ReadByte();
        return value >= 0 ? value : throw new InvalidDataException("The file ends inside an element.");
    }
}
