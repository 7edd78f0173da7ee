using System.Buffers.Binary;
using System.Net;
using VideoMesh.Actors.Ledger;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Chain.Tests.Blocks;

namespace VideoMesh.Actors.Tests.Ledger;

/// <summary>What a peer can make of a question for blocks: the right answer, a shorter one, or nothing.</summary>
public sealed class LedgerDownloadsTests
{
    private static readonly Uri s_peer = new("http://192.0.2.1:4100");

    private readonly TestChain _chain = new();
    private readonly List<StoredBlock> _blocks = [];

    public LedgerDownloadsTests()
    {
        for (ulong i = 0; i < 3; i++)
        {
            var transfer = _chain.Transfer(_chain.Rich, TestChain.Key(77).Address, new Amount(1));
            var built = _chain.Build(0, transfer);
            _ = _chain.Next(transfer);
            _blocks.Add(new StoredBlock(new FinalBlock(built.Header.Encode(), _chain.Certificate!), built.Body));
        }
    }

    [Fact]
    public async Task Blocks_come_as_they_were_sent_and_no_further_than_they_follow_one_another()
    {
        Assert.Equal([1, 2, 3], await HeightsAsync(Frames(_blocks), from: 1));
        Assert.Equal([2, 3], await HeightsAsync(Frames(_blocks.Skip(1)), from: 2));
        Assert.Equal([1], await HeightsAsync(Frames([_blocks[0], _blocks[2]]), from: 1));
        Assert.Empty(await HeightsAsync(Frames(_blocks), from: 2));
    }

    [Fact]
    public async Task However_an_answer_is_mangled_only_blocks_with_the_bodies_they_name_are_taken_from_it()
    {
        var random = new Random(1);
        var (right, taken) = (Frames(_blocks), 0);
        for (var i = 0; i < 2000; i++)
        {
            var answer = right.ToArray();
            answer[random.Next(answer.Length)] ^= (byte)(1 << random.Next(8));
            var cut = answer[..random.Next(answer.Length + 1)];

            var blocks = await BlocksAsync(i % 2 == 0 ? answer : cut, from: 1);

            taken += blocks.Count;
            Assert.All(blocks, block => Assert.Equal(block.Header.BodyHash, ContentHash.Of(block.Body.Span)));
            Assert.Equal(Enumerable.Range(1, blocks.Count).Select(height => (ulong)height), blocks.Select(block => block.Header.Height));
        }

        Assert.InRange(taken, 500, 5500);
    }

    [Theory]
    [InlineData(int.MaxValue, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(1, int.MaxValue)]
    [InlineData(1, -1)]
    [InlineData(int.MinValue, int.MinValue)]
    public async Task Lengths_that_cannot_be_are_no_blocks(int final, int body)
    {
        var frame = new byte[8 + 10];
        BinaryPrimitives.WriteInt32BigEndian(frame, final);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), body);

        Assert.Empty(await HeightsAsync(frame, from: 1));
    }

    [Fact]
    public async Task A_body_is_the_one_that_was_asked_for_or_none()
    {
        var (right, other) = (_blocks[0], _blocks[1]);

        Assert.Equal(right.Body.ToArray(), await BodyAsync(right.Body.ToArray()));
        Assert.Null(await BodyAsync(other.Body.ToArray()));
        Assert.Null(await BodyAsync([.. right.Body.Span, 0]));
        Assert.Null(await BodyAsync([]));
        Assert.Null(await BodyAsync(right.Body.ToArray(), HttpStatusCode.NotFound));
        Assert.Null(await BodyAsync(right.Body.ToArray(), announced: 1L << 40));
        Assert.Null(await BodyAsync(right.Body.ToArray(), announced: right.Body.Length + 5));

        async Task<byte[]?> BodyAsync(byte[] answer, HttpStatusCode status = HttpStatusCode.OK, long? announced = null)
        {
            using var peer = new Peer(answer, status, announced);
            return await Downloads(peer).BodyAsync(s_peer, right.Header.BodyHash, right.Header.BodyBytes, CancellationToken.None);
        }
    }

    private static byte[] Frames(IEnumerable<StoredBlock> blocks)
    {
        using var frames = new MemoryStream();
        foreach (var block in blocks)
        {
            var (final, lengths) = (block.Final.Encode(), new byte[8]);
            BinaryPrimitives.WriteInt32BigEndian(lengths, final.Length);
            BinaryPrimitives.WriteInt32BigEndian(lengths.AsSpan(4), block.Body.Length);
            frames.Write(lengths);
            frames.Write(final);
            frames.Write(block.Body.Span);
        }

        return frames.ToArray();
    }

    private LedgerDownloads Downloads(Peer peer) => new(new HttpClient(peer, disposeHandler: false), _chain.Parameters.MaxBodyBytes, TimeSpan.FromMinutes(1), TimeProvider.System);

    private async Task<IReadOnlyList<StoredBlock>> BlocksAsync(byte[] answer, ulong from)
    {
        using var peer = new Peer(answer, HttpStatusCode.OK, announced: null);
        return await Downloads(peer).BlocksAsync(s_peer, from, CancellationToken.None);
    }

    private async Task<IEnumerable<ulong>> HeightsAsync(byte[] answer, ulong from) => (await BlocksAsync(answer, from)).Select(block => block.Header.Height);

    /// <summary>Answers everything in one way.</summary>
    private sealed class Peer(byte[] answer, HttpStatusCode status, long? announced) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var content = new StreamContent(new MemoryStream(answer));
            content.Headers.ContentLength = announced ?? answer.Length;
            return Task.FromResult(new HttpResponseMessage(status) { Content = content });
        }
    }
}
