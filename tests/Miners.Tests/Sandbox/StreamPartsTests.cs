using System.IO.Pipelines;
using System.Text;
using VideoMesh.Miners.Sandbox;
using VideoMesh.Miners.Sandbox.Docker;

namespace VideoMesh.Miners.Tests.Sandbox;

/// <summary>The small parts that bytes from the inside pass through.</summary>
public sealed class StreamPartsTests
{
    [Fact]
    public void The_tail_of_errors_is_exactly_the_last_8_KiB_however_they_arrive()
    {
        var text = string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i:0000} "));
        foreach (var piece in new[] { 1, 7, 4096, 8192, 8193, 30_000 })
        {
            var tail = new StderrTail();
            foreach (var chunk in Encoding.UTF8.GetBytes(text).Chunk(piece))
            {
                tail.Append(chunk);
            }

            Assert.Equal(text[^StderrTail.Capacity..], tail.ToString());
        }
    }

    [Fact]
    public void A_character_cut_by_the_limit_is_left_out_and_rubbish_is_survived()
    {
        var tail = new StderrTail();
        tail.Append(Encoding.UTF8.GetBytes(new string('é', StderrTail.Capacity) + "x"));
        Assert.DoesNotContain('\uFFFD', tail.ToString());
        tail.Append(Enumerable.Repeat((byte)0xff, 100_000).ToArray());
        Assert.Equal(StderrTail.Capacity, tail.ToString().Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100_000)]
    public async Task Frames_are_split_whatever_the_sizes_of_reads(int bytesAtATime)
    {
        byte[] stream =
        [
            .. Frame(1, "one "), .. Frame(2, "bad "), .. Frame(1, ""), .. Frame(1, new string('x', 70_000)), .. Frame(2, "end"), .. Frame(1, " last"),
        ];
        var (output, errors) = await SplitAsync(new Trickle(stream, bytesAtATime));
        Assert.Equal("one " + new string('x', 70_000) + " last", output);
        Assert.Equal("bad end", errors);
    }

    [Fact]
    public async Task A_stream_cut_anywhere_ends_with_what_came()
    {
        var stream = Frame(1, "hello");
        for (var length = 0; length <= stream.Length; length++)
        {
            var (output, _) = await SplitAsync(new MemoryStream(stream[..length]));
            Assert.Equal("hello"[..Math.Max(0, length - 8)], output);
        }
    }

    private static byte[] Frame(byte stream, string text) =>
        [stream, 0, 0, 0, (byte)(text.Length >> 24), (byte)(text.Length >> 16), (byte)(text.Length >> 8), (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static async Task<(string Output, string Errors)> SplitAsync(Stream source)
    {
        var pipe = new Pipe();
        var tail = new StderrTail();
        var reading = new StreamReader(pipe.Reader.AsStream()).ReadToEndAsync();
        await DockerFrames.SplitAsync(source, pipe.Writer, tail, default);
        await pipe.Writer.CompleteAsync();
        return (await reading, tail.ToString());
    }

    private sealed class Trickle(byte[] content, int atATime) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, atATime)], cancellationToken);
    }
}
