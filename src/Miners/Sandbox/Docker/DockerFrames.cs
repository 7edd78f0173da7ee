using System.Buffers.Binary;
using System.IO.Pipelines;

namespace VideoMesh.Miners.Sandbox.Docker;

/// <summary>Splits an exec's stream: frames of one byte for the stream (1 output, 2 errors), three zeros, a big-endian length, and content.</summary>
internal static class DockerFrames
{
    private const int HeaderBytes = 8;
    private const byte ErrorStream = 2;

    /// <summary>Reads to the end, no faster than the output is taken; once nobody takes it, the rest runs to waste.</summary>
    public static async Task SplitAsync(Stream source, PipeWriter output, StderrTail errors, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderBytes];
        var buffer = new byte[32 << 10];
        var wanted = true;
        while (await source.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancellationToken) == HeaderBytes)
        {
            var left = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
            while (left > 0)
            {
                var read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, (uint)buffer.Length)), cancellationToken);
                if (read == 0)
                {
                    return;
                }

                left -= (uint)read;
                if (header[0] == ErrorStream)
                {
                    errors.Append(buffer.AsSpan(0, read));
                }
                else if (wanted)
                {
                    wanted = !(await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken)).IsCompleted;
                }
            }
        }
    }
}
