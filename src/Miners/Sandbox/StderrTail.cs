using System.Text;

namespace VideoMesh.Miners.Sandbox;

/// <summary>Keeps the last 8 KiB of standard error: its end says why, its beginning is banners.</summary>
internal sealed class StderrTail
{
    public const int Capacity = 8 << 10;
    private readonly Lock gate = new();
    private readonly byte[] ring = new byte[Capacity];
    private long written;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            written += Math.Max(0, bytes.Length - Capacity);
            foreach (var value in bytes.Length > Capacity ? bytes[^Capacity..] : bytes)
            {
                ring[written++ % Capacity] = value;
            }
        }
    }

    /// <summary>The text; a character cut by the limit is left out.</summary>
    public override string ToString()
    {
        lock (gate)
        {
            var count = (int)Math.Min(written, Capacity);
            var bytes = new byte[count];
            for (var i = 0; i < count; i++)
            {
                bytes[i] = ring[(written - count + i) % Capacity];
            }

            var start = 0;
            while (written > Capacity && start < Math.Min(4, count) && (bytes[start] & 0xC0) == 0x80)
            {
                start++;
            }

            return Encoding.UTF8.GetString(bytes.AsSpan(start));
        }
    }
}
