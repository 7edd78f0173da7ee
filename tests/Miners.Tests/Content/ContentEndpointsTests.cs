using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Content;

public sealed class ContentEndpointsTests : IAsyncLifetime
{
    private readonly byte[] _bytes = A.Bytes(500_000);
    private ContentNode _node = null!;

    private ContentHash Hash => ContentHash.Of(_bytes);

    public async Task InitializeAsync() => _node = await ContentNode.StartAsync();

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task Takes_content_once_and_gives_it_back_with_its_hash_as_entity_tag()
    {
        using var created = await PutAsync(_bytes);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        using var again = await PutAsync(_bytes);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);

        using var got = await _node.SendAsync(HttpMethod.Get, Hash, _node.Ticket());
        Assert.Equal(HttpStatusCode.OK, got.StatusCode);
        Assert.Equal(_bytes, await got.Content.ReadAsByteArrayAsync());
        Assert.Equal($"\"{Hash}\"", got.Headers.ETag?.ToString());
        Assert.Contains("immutable", got.Headers.CacheControl!.ToString(), StringComparison.Ordinal);

        using var head = await _node.SendAsync(HttpMethod.Head, Hash, _node.Ticket());
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(_bytes.Length, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Takes_a_body_of_unannounced_length()
    {
        var body = new StreamContent(new PatternStream(_bytes.Length));
        body.Headers.ContentLength = null;
        var hash = await HashOfPattern(_bytes.Length);
        using var created = await _node.SendAsync(HttpMethod.Put, hash, _node.Ticket(), body, ("Transfer-Encoding", "chunked"));
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal(ContentCheck.Intact, await _node.Store.VerifyAsync(hash));
    }

    [Fact]
    public async Task Gives_ranges_and_answers_what_it_cannot_give()
    {
        await _node.Store.PutAsync(_bytes);
        using var part = await _node.SendAsync(HttpMethod.Get, Hash, _node.Ticket(), null, ("Range", "bytes=1000-200999"));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("bytes 1000-200999/500000", part.Content.Headers.ContentRange?.ToString());
        Assert.Equal(_bytes[1000..201_000], await part.Content.ReadAsByteArrayAsync());

        using var outside = await _node.SendAsync(HttpMethod.Get, Hash, _node.Ticket(), null, ("Range", "bytes=500000-"));
        await AssertRefusedAsync(outside, HttpStatusCode.RequestedRangeNotSatisfiable, ContentRefusal.BadRange);
        Assert.Equal("bytes */500000", outside.Content.Headers.ContentRange?.ToString());

        using var known = await _node.SendAsync(HttpMethod.Get, Hash, _node.Ticket(), null, ("If-None-Match", $"\"x\", W/\"{Hash}\""));
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        Assert.Empty(await known.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Keeps_nothing_of_bytes_that_are_not_what_the_path_says()
    {
        using var refused = await _node.SendAsync(HttpMethod.Put, ContentHash.Of([1]), _node.Ticket(), new ByteArrayContent(_bytes));
        await AssertRefusedAsync(refused, HttpStatusCode.UnprocessableEntity, ContentRefusal.HashMismatch);
        AssertNothingKept();
    }

    [Fact]
    public async Task Says_what_is_not_held()
    {
        using var refused = await _node.SendAsync(HttpMethod.Get, Hash, _node.Ticket());
        await AssertRefusedAsync(refused, HttpStatusCode.NotFound, ContentRefusal.NotFound);
    }

    [Fact]
    public async Task Refuses_each_bad_ticket_by_its_name()
    {
        await _node.Store.PutAsync(_bytes);
        var expired = A.Grant() with { Expires = DateTimeOffset.UnixEpoch };
        var stranger = new ContentTickets([.. A.Secret.Reverse()], TimeProvider.System).Issue(A.Grant());
        await Check(HttpMethod.Get, null, HttpStatusCode.Unauthorized, ContentRefusal.TicketMissing);
        await Check(HttpMethod.Get, stranger, HttpStatusCode.Unauthorized, ContentRefusal.TicketForged);
        await Check(HttpMethod.Get, _node.Ticket(expired), HttpStatusCode.Unauthorized, ContentRefusal.TicketExpired);
        await Check(HttpMethod.Get, _node.Ticket(A.Grant(TicketVerbs.Put)), HttpStatusCode.Forbidden, ContentRefusal.TicketWrongVerb);
        await Check(HttpMethod.Put, _node.Ticket(A.Grant(TicketVerbs.Get)), HttpStatusCode.Forbidden, ContentRefusal.TicketWrongVerb);
        await Check(HttpMethod.Get, _node.Ticket(A.Grant(content: ContentHash.Of([1]))), HttpStatusCode.Forbidden, ContentRefusal.TicketWrongContent);
        await Check(HttpMethod.Get, _node.Ticket(A.Grant(maxBytes: 1000)), HttpStatusCode.RequestEntityTooLarge, ContentRefusal.TooLarge);
        await Check(HttpMethod.Put, _node.Ticket(A.Grant(maxBytes: 1000)), HttpStatusCode.RequestEntityTooLarge, ContentRefusal.TooLarge);

        async Task Check(HttpMethod method, string? ticket, HttpStatusCode status, ContentRefusal reason)
        {
            using var refused = await _node.SendAsync(method, Hash, ticket, method == HttpMethod.Put ? new ByteArrayContent(_bytes) : null);
            await AssertRefusedAsync(refused, status, reason);
        }
    }

    [Fact]
    public async Task Without_a_ticket_nobody_learns_what_is_held()
    {
        await _node.Store.PutAsync(_bytes);
        using var held = await _node.SendAsync(HttpMethod.Get, Hash, null);
        using var absent = await _node.SendAsync(HttpMethod.Get, ContentHash.Of([1]), null);
        Assert.Equal(await held.Content.ReadAsStringAsync(), await absent.Content.ReadAsStringAsync());
        Assert.Equal(held.StatusCode, absent.StatusCode);
    }

    [Fact]
    public async Task Stops_an_unannounced_body_at_the_tickets_size()
    {
        var body = new StreamContent(new PatternStream(2_000_000));
        body.Headers.ContentLength = null;
        using var refused = await _node.SendAsync(
            HttpMethod.Put, ContentHash.Of([1]), _node.Ticket(A.Grant(maxBytes: 1_000_000)), body, ("Transfer-Encoding", "chunked"));
        await AssertRefusedAsync(refused, HttpStatusCode.RequestEntityTooLarge, ContentRefusal.TooLarge);
        AssertNothingKept();
    }

    [Fact]
    public async Task Bounds_what_all_tickets_of_a_scope_may_put_together()
    {
        var grant = A.Grant(TicketVerbs.Put) with { MaxScopeTotalBytes = 1000 };
        byte[] first = A.Bytes(600, seed: 2), second = A.Bytes(600, seed: 3), third = A.Bytes(400, seed: 4);
        using var failed = await _node.SendAsync(HttpMethod.Put, ContentHash.Of([1]), _node.Ticket(grant), new ByteArrayContent(second));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, failed.StatusCode);
        using var created = await _node.SendAsync(HttpMethod.Put, ContentHash.Of(first), _node.Ticket(grant), new ByteArrayContent(first));
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        using var refused = await _node.SendAsync(HttpMethod.Put, ContentHash.Of(second), _node.Ticket(grant), new ByteArrayContent(second));
        await AssertRefusedAsync(refused, HttpStatusCode.RequestEntityTooLarge, ContentRefusal.TooLarge);
        using var fits = await _node.SendAsync(HttpMethod.Put, ContentHash.Of(third), _node.Ticket(grant), new ByteArrayContent(third));
        Assert.Equal(HttpStatusCode.Created, fits.StatusCode);
    }

    [Fact]
    public async Task Pins_what_was_put_under_the_tickets_scope_unless_that_has_ended()
    {
        using var created = await _node.SendAsync(HttpMethod.Put, Hash, _node.Ticket(A.Grant(scope: "job-9/1")), new ByteArrayContent(_bytes));
        Assert.True(_node.Store.IsPinned(Hash));
        _node.Tickets.Close("job-9/1");
        _node.Store.Unpin("job-9/1");
        Assert.False(_node.Store.IsPinned(Hash));
    }

    [Fact]
    public async Task A_full_store_says_so_before_the_body_is_sent()
    {
        await using var small = await ContentNode.StartAsync(budgetBytes: 1000);
        using var refused = await small.SendAsync(HttpMethod.Put, Hash, small.Ticket(), new ByteArrayContent(_bytes), ("Expect", "100-continue"));
        await AssertRefusedAsync(refused, HttpStatusCode.InsufficientStorage, ContentRefusal.StoreFull);
    }

    [Theory]
    [InlineData("/content/../content/{0}")]
    [InlineData("/content//{0}")]
    [InlineData("//content/{0}")]
    [InlineData("/content/./{0}")]
    [InlineData("/content/{0}/")]
    [InlineData("/content/{0}/../../etc/passwd")]
    [InlineData("/content/..%2f..%2fetc%2fpasswd")]
    [InlineData("/content/%2e%2e/content/{0}")]
    [InlineData("/content/{0}%00")]
    [InlineData("/content/{0}?ticket=x")]
    [InlineData("/CONTENT/{0}")]
    [InlineData("/content/")]
    [InlineData("/content/.lock")]
    [InlineData("/content/tmp/1")]
    [InlineData("/content/{1}")]
    [InlineData("/content/{2}")]
    public async Task Knows_no_other_name_for_content(string path)
    {
        await _node.Store.PutAsync(_bytes);
        var escaped = $"%{(int)Hash.ToString()[0]:x2}{Hash.ToString()[1..]}";
        var target = string.Format(path, Hash, Hash.ToString().ToUpperInvariant(), escaped);
        var status = await _node.FirstLineAsync($"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: {ContentTickets.Scheme} {_node.Ticket()}\r\nConnection: close\r\n\r\n");
        Assert.Matches("^HTTP/1.1 40[04] ", status);
    }

    [Fact]
    public async Task A_body_that_breaks_off_leaves_nothing()
    {
        using (var connection = await _node.SayAsync(Head(_bytes.Length)))
        {
            await connection.GetStream().WriteAsync(_bytes.AsMemory(0, 200_000));
            await Eventually.TrueAsync(() => A.TemporaryFiles(_node.StoreFolder).Length == 1);
        }

        await Eventually.TrueAsync(() => A.TemporaryFiles(_node.StoreFolder).Length == 0);
        AssertNothingKept();
    }

    [Fact]
    public async Task A_peer_that_sends_too_slowly_is_cut_off_and_leaves_nothing()
    {
        await using var strict = await ContentNode.StartAsync(options: new() { MinBytesPerSecond = 1_000_000, GracePeriod = TimeSpan.FromSeconds(1.1) });
        using var connection = await strict.SayAsync(Head(_bytes.Length, strict));
        await connection.GetStream().WriteAsync(_bytes.AsMemory(0, 1000));
        using var reader = new StreamReader(connection.GetStream(), Encoding.ASCII);
        await reader.ReadToEndAsync();
        await Eventually.TrueAsync(() => A.TemporaryFiles(strict.StoreFolder).Length == 0);
        Assert.Equal(0, strict.Store.Count);
    }

    [Fact]
    public async Task A_peer_that_does_not_take_what_it_asked_for_is_cut_off_and_holds_nothing()
    {
        const int large = 64 << 20;
        await using var strict = await ContentNode.StartAsync(
            budgetBytes: large, inMemory: true, options: new() { MinBytesPerSecond = 1e9, GracePeriod = TimeSpan.FromSeconds(1.1) });
        var stored = await strict.Store.PutAsync(new PatternStream(large), null, large);
        using var connection = await strict.SayAsync($"GET /content/{stored.Hash} HTTP/1.1\r\nHost: x\r\nAuthorization: {ContentTickets.Scheme} {strict.Ticket()}\r\n\r\n");
        await Eventually.TrueAsync(() => !strict.Store.CouldHold(1));
        await Eventually.TrueAsync(() => strict.Store.CouldHold(1));
    }

    private static async Task AssertRefusedAsync(HttpResponseMessage response, HttpStatusCode status, ContentRefusal reason)
    {
        Assert.Equal(status, response.StatusCode);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(reason.ToString(), json.GetProperty("reason").GetString());
        Assert.Equal(reason.Sentence(), json.GetProperty("sentence").GetString());
    }

    private static async Task<ContentHash> HashOfPattern(long length)
    {
        using var folder = new TemporaryFolder();
        using var store = A.Store(folder.Path);
        return (await store.PutAsync(new PatternStream(length), null, length)).Hash;
    }

    private string Head(int length, ContentNode? node = null) =>
        $"PUT /content/{Hash} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\nAuthorization: {ContentTickets.Scheme} {(node ?? _node).Ticket()}\r\n\r\n";

    private Task<HttpResponseMessage> PutAsync(byte[] bytes) => _node.SendAsync(HttpMethod.Put, ContentHash.Of(bytes), _node.Ticket(), new ByteArrayContent(bytes));

    private void AssertNothingKept()
    {
        Assert.Equal(0, _node.Store.Count);
        Assert.Empty(A.TemporaryFiles(_node.StoreFolder));
        Assert.True(_node.Store.CouldHold(4L << 30));
    }
}
