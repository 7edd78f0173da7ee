using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Content;

public sealed class ContentClientTests : IAsyncLifetime
{
    private static readonly ContentClientOptions Quick = new() { FirstBackoff = TimeSpan.FromMilliseconds(1), MaxBackoff = TimeSpan.FromMilliseconds(2) };

    private readonly byte[] _bytes = A.Bytes(3_000_000);
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = ContentClient.CreateHttpClient();
    private ContentStore _store = null!;
    private ContentNode _node = null!;

    private ContentHash Hash => ContentHash.Of(_bytes);

    public async Task InitializeAsync()
    {
        _store = A.Store(_folder.Path);
        _node = await ContentNode.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        _http.Dispose();
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Uploads_and_downloads_by_hash()
    {
        await _store.PutAsync(_bytes);
        Assert.Equal(new StoredContent(Hash, _bytes.Length, AlreadyHad: false), await Client().UploadAsync(_node.Url, Hash, _node.Ticket(), _store));
        Assert.Equal(new StoredContent(Hash, _bytes.Length, AlreadyHad: true), await Client().UploadAsync(_node.Url, Hash, _node.Ticket(), _store));

        using var folder = new TemporaryFolder();
        using var other = A.Store(folder.Path);
        Assert.Equal(new StoredContent(Hash, _bytes.Length, AlreadyHad: false), await DownloadAsync(_node.Url, store: other));
        Assert.Equal(new StoredContent(Hash, _bytes.Length, AlreadyHad: true), await DownloadAsync(_node.Url, store: other));
        Assert.Equal(_bytes, await other.ReadAllAsync(Hash));
        Assert.True(other.IsPinned(Hash));
    }

    [Fact]
    public async Task Moves_empty_content()
    {
        var empty = ContentHash.Of([]);
        await _store.PutAsync([]);
        await Client().UploadAsync(_node.Url, empty, _node.Ticket(), _store);
        using var folder = new TemporaryFolder();
        using var other = A.Store(folder.Path);
        Assert.Equal(0, (await Client().DownloadAsync(_node.Url, empty, 0, _node.Ticket(), other)).Length);
    }

    [Fact]
    public async Task A_download_goes_on_where_the_connection_broke()
    {
        await _node.Store.PutAsync(_bytes);
        await using var proxy = new CuttingProxy(_node.Url, cuts: 3, afterAnswerBytes: 900_000);
        await DownloadAsync(proxy.Url);
        Assert.Equal(_bytes, await _store.ReadAllAsync(Hash));

        // 3 × 0.9 MB of 3 MB came through cut connections: only with ranges do four connections suffice.
        Assert.Equal(4, proxy.Connections);
        Assert.Empty(A.TemporaryFiles(_folder.Path));
    }

    [Fact]
    public async Task An_upload_is_done_again_when_the_connection_broke()
    {
        await _store.PutAsync(_bytes);
        await using var proxy = new CuttingProxy(_node.Url, cuts: 2, afterRequestBytes: 900_000);
        await Client().UploadAsync(proxy.Url, Hash, _node.Ticket(), _store);
        Assert.Equal(_bytes, await _node.Store.ReadAllAsync(Hash));
        Assert.Equal(3, proxy.Connections);
    }

    [Fact]
    public async Task Gives_up_on_connections_that_break_without_end_in_either_direction()
    {
        await _node.Store.PutAsync(_bytes);
        await using var proxy = new CuttingProxy(_node.Url, cuts: int.MaxValue, afterAnswerBytes: 1000, afterRequestBytes: 1_500_000);
        await AssertFailsAsync(ContentRefusal.ConnectionBroken, () => DownloadAsync(proxy.Url));
        Assert.Equal(1 + Quick.MaxRetries, proxy.Connections);

        var other = A.Bytes(3_000_000, seed: 5);
        await _store.PutAsync(other);
        await AssertFailsAsync(ContentRefusal.ConnectionBroken, () => Client().UploadAsync(proxy.Url, ContentHash.Of(other), _node.Ticket(), _store));
        Assert.Equal(2 * (1 + Quick.MaxRetries), proxy.Connections);
    }

    [Fact]
    public async Task Nobody_at_home_is_named()
    {
        var url = _node.Url;
        await _node.DisposeAsync();
        await AssertFailsAsync(ContentRefusal.ConnectionBroken, () => DownloadAsync(url));
        _node = await ContentNode.StartAsync();
    }

    [Fact]
    public async Task Refuses_tampered_bytes_and_keeps_nothing()
    {
        var tampered = _bytes.ToArray();
        tampered[^1] ^= 1;
        await using var liar = await ContentNode.ServeAsync(web => web.Run(async context =>
        {
            context.Response.ContentLength = tampered.Length;
            await context.Response.Body.WriteAsync(tampered);
        }));
        await AssertFailsAsync(ContentRefusal.HashMismatch, () => DownloadAsync(UrlOf(liar)));
    }

    [Fact]
    public async Task Refuses_a_peer_that_offers_more_fewer_or_unannounced_bytes()
    {
        long? announced = 0;
        await using var liar = await ContentNode.ServeAsync(web => web.Run(async context =>
        {
            context.Response.ContentLength = announced;
            await context.Response.StartAsync();
            await context.Response.Body.WriteAsync(new byte[100]);
        }));
        announced = _bytes.Length + 1;
        await AssertFailsAsync(ContentRefusal.TooLarge, () => DownloadAsync(UrlOf(liar)));
        announced = _bytes.Length - 1;
        await AssertFailsAsync(ContentRefusal.HashMismatch, () => DownloadAsync(UrlOf(liar)));
        announced = null;
        await AssertFailsAsync(ContentRefusal.BadAnswer, () => DownloadAsync(UrlOf(liar)));
    }

    [Fact]
    public async Task Refuses_a_peer_that_starts_over_when_asked_to_go_on()
    {
        await using var forgetful = await ContentNode.ServeAsync(web => web.Run(async context =>
        {
            context.Response.ContentLength = _bytes.Length;
            await context.Response.Body.WriteAsync(_bytes, context.RequestAborted);
        }));
        await using var proxy = new CuttingProxy(UrlOf(forgetful), cuts: 1, afterAnswerBytes: 2_000_000);
        await AssertFailsAsync(ContentRefusal.BadAnswer, () => DownloadAsync(proxy.Url));
        Assert.Equal(2, proxy.Connections);
    }

    [Fact]
    public async Task Follows_no_redirect()
    {
        await _node.Store.PutAsync(_bytes);
        var asked = 0;
        await using var bouncer = await ContentNode.ServeAsync(web => web.Run(context =>
        {
            asked++;
            context.Response.Redirect(new Uri(_node.Url, context.Request.Path.Value!).ToString());
            return Task.CompletedTask;
        }));
        await AssertFailsAsync(ContentRefusal.Redirected, () => DownloadAsync(UrlOf(bouncer)));
        Assert.Equal(1, asked);

        using var careless = new HttpClient();
        var client = new ContentClient(careless, Quick, TimeProvider.System, new Random(1));
        await AssertFailsAsync(ContentRefusal.Redirected, () => client.DownloadAsync(UrlOf(bouncer), Hash, _bytes.Length, _node.Ticket(), _store));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Leaves_a_peer_that_makes_no_progress_or_drips(bool drips)
    {
        var done = new TaskCompletionSource();
        await using var slow = await ContentNode.ServeAsync(web => web.Run(async context =>
        {
            context.Response.ContentLength = _bytes.Length;
            using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (!context.RequestAborted.IsCancellationRequested && drips)
            {
                await context.Response.Body.WriteAsync(_bytes.AsMemory(0, 1));
                await beat.WaitForNextTickAsync();
            }

            await done.Task;
        }));
        var client = Client(Quick with { StallTimeout = TimeSpan.FromMilliseconds(300) });
        await AssertFailsAsync(ContentRefusal.Stalled, () => client.DownloadAsync(UrlOf(slow), Hash, _bytes.Length, "ticket", _store));
        done.SetResult();
    }

    [Fact]
    public async Task Leaves_a_peer_that_does_not_take_what_it_is_sent()
    {
        await _store.PutAsync(_bytes);
        var done = new TaskCompletionSource();
        await using var slow = await ContentNode.ServeAsync(web => web.Run(_ => done.Task));
        var client = Client(Quick with { StallTimeout = TimeSpan.FromMilliseconds(300) });
        var failure = await Assert.ThrowsAsync<ContentTransferException>(() => client.UploadAsync(UrlOf(slow), Hash, "ticket", _store));
        Assert.Equal(ContentRefusal.Stalled, failure.Reason);
        done.SetResult();
    }

    [Fact]
    public async Task A_cancelled_transfer_says_that_it_was_cancelled_and_keeps_nothing()
    {
        using var cancel = new CancellationTokenSource();
        var done = new TaskCompletionSource();
        await using var slow = await ContentNode.ServeAsync(web => web.Run(async context =>
        {
            context.Response.ContentLength = _bytes.Length;
            await context.Response.Body.WriteAsync(_bytes.AsMemory(0, 100_000));
            await context.Response.Body.FlushAsync();
            await cancel.CancelAsync();
            await done.Task;
        }));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client().DownloadAsync(UrlOf(slow), Hash, _bytes.Length, "ticket", _store, null, cancel.Token));
        AssertNothingKept();
        done.SetResult();
    }

    [Fact]
    public async Task Hands_on_the_peers_named_reason_and_none_of_its_words()
    {
        await AssertFailsAsync(ContentRefusal.TicketForged, () => Client().DownloadAsync(_node.Url, Hash, 1, "forged", _store));
        await AssertFailsAsync(ContentRefusal.NotFound, () => DownloadAsync(_node.Url));

        await using var rude = await ContentNode.ServeAsync(web => web.Run(context =>
        {
            context.Response.StatusCode = (int)HttpStatusCode.Forbidden;
            return context.Response.WriteAsync("""{"reason":"12345","sentence":"\u001b[2J you are hacked"}""");
        }));
        var failure = await Assert.ThrowsAsync<ContentTransferException>(() => DownloadAsync(UrlOf(rude)));
        Assert.Equal(ContentRefusal.BadAnswer, failure.Reason);
        Assert.DoesNotContain("hacked", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tries_a_busy_peer_again()
    {
        await _node.Store.PutAsync(_bytes);
        var asked = 0;
        await using var busy = await ContentNode.ServeAsync(web => web.Run(async context =>
        {
            if (++asked < 3)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return;
            }

            context.Response.ContentLength = _bytes.Length;
            await context.Response.Body.WriteAsync(_bytes);
        }));
        await DownloadAsync(UrlOf(busy));
        Assert.Equal(3, asked);
    }

    [Theory]
    [InlineData("http://10.0.0.1:4100", true)]
    [InlineData("https://node.example/base", true)]
    [InlineData("http://[::1]:1", true)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("ftp://host/", false)]
    [InlineData("/content", false)]
    [InlineData("http://user:secret@host/", false)]
    [InlineData("http://host/?x=", false)]
    [InlineData("http://host/#x", false)]
    [InlineData("gopher://host", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public async Task Uses_only_plain_web_addresses(string? text, bool fine)
    {
        Assert.Equal(fine, ContentClient.TryReadBaseUrl(text, out _));
        if (!fine && Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out var url))
        {
            await AssertFailsAsync(ContentRefusal.BadUrl, () => DownloadAsync(url));
        }
    }

    [Fact]
    public async Task Waits_longer_before_each_retry_and_never_longer_than_the_bound()
    {
        var asked = 0;
        await using var busy = await ContentNode.ServeAsync(web => web.Run(context =>
        {
            Interlocked.Increment(ref asked);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        }));
        var time = new ImpatientTime();
        var options = new ContentClientOptions { MaxRetries = 5, FirstBackoff = TimeSpan.FromSeconds(1), MaxBackoff = TimeSpan.FromSeconds(3), StallTimeout = TimeSpan.FromHours(1) };
        var client = new ContentClient(_http, options, time, new Fixed(0.5));
        var failure = await Assert.ThrowsAsync<ContentTransferException>(() => client.DownloadAsync(UrlOf(busy), Hash, _bytes.Length, "ticket", _store));
        Assert.Equal(ContentRefusal.ConnectionBroken, failure.Reason);
        Assert.Equal([1.0, 2.0, 3.0, 3.0, 3.0], time.Waits.Where(wait => wait < options.StallTimeout).Select(wait => wait.TotalSeconds));
        Assert.Equal(6, asked);
    }

    private static Uri UrlOf(WebApplication app) => new(app.Urls.First());

    private ContentClient Client(ContentClientOptions? options = null) => new(_http, options ?? Quick, TimeProvider.System, new Random(1));

    private Task<StoredContent> DownloadAsync(Uri url, ContentStore? store = null) =>
        Client().DownloadAsync(url, Hash, _bytes.Length, _node.Ticket(), store ?? _store, "job");

    private async Task AssertFailsAsync(ContentRefusal reason, Func<Task> transfer)
    {
        var failure = await Assert.ThrowsAsync<ContentTransferException>(transfer);
        Assert.Equal(reason, failure.Reason);
        Assert.EndsWith(".", failure.Message, StringComparison.Ordinal);
        Assert.Empty(A.TemporaryFiles(_folder.Path));
        Assert.False(_store.TryGetLength(Hash, out _));
    }

    private void AssertNothingKept()
    {
        Assert.Equal(0, _store.Count);
        Assert.Empty(A.TemporaryFiles(_folder.Path));
    }

    private sealed class Fixed(double value) : Random
    {
        public override double NextDouble() => value;
    }

    /// <summary>Writes down how long each wait should be and waits much shorter.</summary>
    private sealed class ImpatientTime : TimeProvider
    {
        public ConcurrentQueue<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Enqueue(dueTime);
            return base.CreateTimer(callback, state, dueTime / 1000, period);
        }
    }
}
