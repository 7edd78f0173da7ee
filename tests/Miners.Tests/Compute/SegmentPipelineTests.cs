using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Tests.Content;

namespace VideoMesh.Miners.Tests.Compute;

public sealed class SegmentPipelineTests : IAsyncLifetime
{
    private readonly HttpClient _http = ContentClient.CreateHttpClient();
    private readonly ContentTickets _minersTickets = new(A.Secret, TimeProvider.System);
    private ComputeBench _miner = null!;
    private ContentNode _client = null!;

    public async Task InitializeAsync()
    {
        _miner = await ComputeBench.CreateAsync();
        _client = await ContentNode.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _miner.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task Fetches_from_the_client_and_delivers_to_it()
    {
        await HandSourceToClientAsync();
        var stages = new List<PipelineStage>();
        var result = await Pipeline().RunAsync(Work(_client.Url), (stage, _) => stages.Add(stage), default);
        foreach (var rendition in result.Renditions)
        {
            Assert.Equal(ContentCheck.Intact, await _client.Store.VerifyAsync(rendition.Hash));
        }

        // a free slot is taken at once or after a moment in the queue
        Assert.Equal([PipelineStage.Fetching, PipelineStage.Encoding, PipelineStage.Delivering], stages.Where(stage => stage != PipelineStage.Queued).Distinct());
    }

    [Fact]
    public async Task Keeps_the_results_for_a_client_that_fetches_them_until_it_is_told_to_forget()
    {
        var ticket = _minersTickets.Issue(A.Grant(TicketVerbs.Get, scope: ComputeBench.Scope));
        var pipeline = Pipeline();
        var result = await pipeline.RunAsync(Work(null), (_, _) => { }, default);
        Assert.All(result.Renditions, rendition => Assert.True(_miner.Store.IsPinned(rendition.Hash)));
        pipeline.Forget(ComputeBench.Scope);
        Assert.All(result.Renditions, rendition => Assert.False(_miner.Store.IsPinned(rendition.Hash)));
        Assert.False(_miner.Store.IsPinned(_miner.Source));
        Assert.Equal(
            new TicketVerdict.Refused(ContentRefusal.TicketExpired),
            _minersTickets.Verify($"{ContentTickets.Scheme} {ticket}", TicketVerbs.Get, _miner.Source, 1));
    }

    [Fact]
    public async Task Names_a_client_that_does_not_give_the_source_or_take_the_result()
    {
        _miner.Store.Unpin(ComputeBench.Scope);
        using var empty = new TestKit.TemporaryFolder();
        using var store = A.Store(empty.Path);
        var failure = await Assert.ThrowsAsync<SegmentWorkException>(() => Pipeline(store).RunAsync(Work(_client.Url), (_, _) => { }, default));
        Assert.Equal(SegmentFailure.TransferFailed, failure.Reason);

        await HandSourceToClientAsync();
        failure = await Assert.ThrowsAsync<SegmentWorkException>(() => Pipeline().RunAsync(Work(_client.Url) with { ResultTicket = "forged" }, (_, _) => { }, default));
        Assert.Equal(SegmentFailure.TransferFailed, failure.Reason);
    }

    [Fact]
    public async Task Names_a_source_that_was_announced_and_never_came()
    {
        _miner.Store.Unpin(ComputeBench.Scope);
        using var empty = new TestKit.TemporaryFolder();
        using var store = A.Store(empty.Path);
        var failure = await Assert.ThrowsAsync<SegmentWorkException>(() => Pipeline(store).RunAsync(Work(null), (_, _) => { }, default));
        Assert.Equal(SegmentFailure.SourceUnreadable, failure.Reason);
    }

    private async Task HandSourceToClientAsync() => await _client.Store.PutAsync((await _miner.Store.ReadAllAsync(_miner.Source))!);

    private SegmentPipeline Pipeline(ContentStore? store = null) =>
        new(_miner.Worker, store ?? _miner.Store, new ContentClient(_http, new ContentClientOptions(), TimeProvider.System, new Random(1)), _minersTickets, TimeProvider.System);

    private SegmentWork Work(Uri? client) => new(
        _miner.Source, _miner.SourceBytes, ComputeBench.Frames, ComputeBench.Ladder, client, _client.Ticket(A.Grant(TicketVerbs.Get)), _client.Ticket(A.Grant(TicketVerbs.Put)),
        ComputeBench.Scope, Task.CompletedTask);
}
