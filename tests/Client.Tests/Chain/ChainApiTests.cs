using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node.Chain;

namespace VideoMesh.Client.Tests.Chain;

public sealed class ChainApiTests : IDisposable
{
    private readonly FakeLedger _ledger = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) });

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task The_document_names_every_route_with_its_method_and_none_besides()
    {
        await using var server = await ChainServer.StartAsync(_ledger);
        var document = await JsonNode.ParseAsync(ChainApi.OpenApi());

        var mapped = server.Routes.SelectMany(route => route.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Select(method => $"{method} {route.RoutePattern.RawText}"));
        var written = document!["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"));
        Assert.Equal(mapped.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Status", "status")]
    [InlineData("Blocks", "blocks")]
    [InlineData("Block", "blocks/1")]
    [InlineData("Account", "accounts/0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266?proof=true")]
    [InlineData("Verifiers", "verifiers")]
    [InlineData("Contracts", "contracts")]
    [InlineData("Objects", "objects/0x0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task An_answer_has_the_members_the_document_promises(string schema, string path)
    {
        _ledger.Next();
        await using var server = await ChainServer.StartAsync(_ledger);
        var promised = (await JsonNode.ParseAsync(ChainApi.OpenApi()))!["components"]!["schemas"]![schema]!["properties"]!.AsObject().Select(member => member.Key);

        var answer = await GetAsync(server, path);

        Assert.Equal(promised.Order(StringComparer.Ordinal), answer.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Blocks_come_in_pages_newest_first_until_the_first_one()
    {
        for (var i = 0; i < 5; i++)
        {
            _ledger.Next();
        }

        await using var server = await ChainServer.StartAsync(_ledger);

        Assert.Equal("5 4, before 4", await PageAsync("blocks?limit=2"));
        Assert.Equal("3 2, before 2", await PageAsync("blocks?limit=2&before=4"));
        Assert.Equal("1, before null", await PageAsync("blocks?limit=2&before=2"));

        async Task<string> PageAsync(string path)
        {
            var page = await GetAsync(server, path);
            var heights = page.GetProperty("blocks").EnumerateArray().Select(block => block.GetProperty("height").GetRawText());
            return $"{string.Join(' ', heights)}, before {page.GetProperty("nextBefore").GetRawText()}";
        }
    }

    [Fact]
    public async Task A_block_is_found_by_its_hash_and_a_transaction_by_its_own()
    {
        var transfer = _ledger.Chain.Transfer(_ledger.Chain.Rich, VideoMesh.Chain.Tests.Blocks.TestChain.Key(77).Address, Amount.FromVid(3));
        _ledger.Next(transfer);
        await using var server = await ChainServer.StartAsync(_ledger);

        var block = await GetAsync(server, $"blocks/{_ledger.Head}");
        var found = await GetAsync(server, $"transactions/{transfer.Hash}");

        Assert.Equal(1, block.GetProperty("height").GetInt32());
        Assert.Equal(transfer.Hash.ToString(), block.GetProperty("transactions")[0].GetString());
        Assert.Equal(3_000_000_000, found.GetProperty("amount").GetInt64());
        Assert.Equal("transfer", found.GetProperty("type").GetString());
        Assert.Equal("0x" + Convert.ToHexStringLower(transfer.Encoded.Span), found.GetProperty("encoded").GetString());
    }

    [Fact]
    public async Task Each_of_many_transactions_has_its_own_outcome()
    {
        await using var server = await ChainServer.StartAsync(_ledger);
        var transfer = _ledger.Chain.Transfer(_ledger.Chain.Rich, _ledger.Chain.Verifiers[0].Address, new Amount(5));

        var answer = await PostAsync(server, $$"""{"transactions":["0x{{Convert.ToHexString(transfer.Encoded.Span)}}","0xc0","0xzz",null]}""");

        var outcomes = JsonDocument.Parse(answer.Text).RootElement.GetProperty("transactions").EnumerateArray().ToList();
        Assert.Equal([null, "malformed", "malformed", "malformed"], outcomes.Select(outcome => outcome.GetProperty("reason").GetString()));
        Assert.Equal(transfer.Hash.ToString(), outcomes[0].GetProperty("hash").GetString());
        Assert.All(outcomes.Skip(1), outcome => Assert.NotEmpty(outcome.GetProperty("message").GetString()!));
    }

    [Theory]
    [InlineData("status", 404, "no-ledger", false)]
    [InlineData("blocks/1", 404, "no-ledger", false)]
    [InlineData("blocks/9", 404, "no-such-block", true)]
    [InlineData("blocks/x", 400, "bad-block", true)]
    [InlineData("blocks?limit=51", 400, "bad-number", true)]
    [InlineData("blocks?before=-1", 400, "bad-number", true)]
    [InlineData("transactions/0x00", 400, "bad-hash", true)]
    [InlineData("transactions/0x0000000000000000000000000000000000000000000000000000000000000000", 404, "no-such-transaction", true)]
    [InlineData("accounts/me", 400, "bad-address", true)]
    public async Task A_refusal_has_a_status_a_name_and_a_sentence(string path, int status, string reason, bool hasLedger)
    {
        await using var server = await ChainServer.StartAsync(hasLedger ? _ledger : null);

        using var response = await _http.GetAsync(new Uri(server.Url, $"{ChainApi.Prefix}/{path}"));

        AssertRefused((response.StatusCode, await response.Content.ReadAsStringAsync()), status, reason);
    }

    [Fact]
    public async Task A_body_that_is_none_too_long_or_holds_too_many_is_refused_by_name()
    {
        await using var server = await ChainServer.StartAsync(_ledger);

        AssertRefused(await PostAsync(server, "{"), 400, "bad-body");
        AssertRefused(await PostAsync(server, "{}"), 400, "bad-body");
        AssertRefused(await PostAsync(server, """{"transactions":[]}"""), 400, "too-many-transactions");
        AssertRefused(await PostAsync(server, $$"""{"transactions":[{{string.Join(',', Enumerable.Repeat("\"0x\"", 1001))}}]}"""), 400, "too-many-transactions");
        AssertRefused(await PostAsync(server, new string(' ', (4 << 20) + 1)), 413, "body-too-large");
    }

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_come_again()
    {
        await using var server = await ChainServer.StartAsync(_ledger, loopbackPerSecond: 1);
        HttpResponseMessage response;
        do
        {
            response = await _http.GetAsync(new Uri(server.Url, $"{ChainApi.Prefix}/status"));
        }
        while (response.StatusCode == HttpStatusCode.OK);

        AssertRefused((response.StatusCode, await response.Content.ReadAsStringAsync()), 429, "too-many-requests");
        Assert.True(response.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Where_there_is_room_for_nothing_the_client_is_told_when_to_come_again()
    {
        (_ledger.LetsWait, _ledger.Room) = (true, 1);
        await using var server = await ChainServer.StartAsync(_ledger);
        string[] transfers = [.. Enumerable.Range(0, 3).Select(ahead => "0x" + Convert.ToHexString(Transfer((ulong)ahead).Span))];

        using var some = await PostTransactionsAsync(server, transfers);
        using var none = await PostTransactionsAsync(server, transfers[2..]);

        Assert.Equal(HttpStatusCode.OK, some.StatusCode);
        var reasons = JsonDocument.Parse(await some.Content.ReadAsStringAsync()).RootElement.GetProperty("transactions").EnumerateArray().Select(outcome => outcome.GetProperty("reason").GetString());
        Assert.Equal([null, "full", "full"], reasons);
        AssertRefused((none.StatusCode, await none.Content.ReadAsStringAsync()), 429, "no-room");
        Assert.True(none.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));

        ReadOnlyMemory<byte> Transfer(ulong ahead) => _ledger.Chain.Transfer(_ledger.Chain.Rich, _ledger.Chain.Verifiers[0].Address, new Amount(5), ahead).Encoded;
        Task<HttpResponseMessage> PostTransactionsAsync(ChainServer to, string[] encoded) =>
            _http.PostAsJsonAsync(new Uri(to.Url, $"{ChainApi.Prefix}/transactions"), new { transactions = encoded });
    }

    [Fact]
    public async Task Who_follows_and_leaves_again_and_again_asks_too_often_too()
    {
        await using var server = await ChainServer.StartAsync(_ledger, loopbackPerSecond: 1);
        var answers = new List<HttpStatusCode>();
        do
        {
            using var response = await _http.GetAsync(new Uri(server.Url, $"{ChainApi.Prefix}/events"), HttpCompletionOption.ResponseHeadersRead);
            answers.Add(response.StatusCode);
        }
        while (answers[^1] == HttpStatusCode.OK && answers.Count < 100);

        Assert.Equal(HttpStatusCode.TooManyRequests, answers[^1]);
    }

    [Fact]
    public async Task A_follower_hears_of_each_block_as_it_becomes_final()
    {
        await using var server = await ChainServer.StartAsync(_ledger);
        using var stream = await _http.GetStreamAsync(new Uri(server.Url, $"{ChainApi.Prefix}/events"));
        using var reader = new StreamReader(stream);
        Assert.StartsWith(":", await reader.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("", await reader.ReadLineAsync());

        _ledger.Next();

        Assert.Equal("id: 1", await reader.ReadLineAsync());
        Assert.Equal("event: block", await reader.ReadLineAsync());
        var block = JsonDocument.Parse((await reader.ReadLineAsync())!["data: ".Length..]).RootElement;
        Assert.Equal(_ledger.Head.ToString(), block.GetProperty("hash").GetString());
    }

    private static void AssertRefused((HttpStatusCode Status, string Text) answer, int status, string reason)
    {
        Assert.Equal(status, (int)answer.Status);
        var error = JsonDocument.Parse(answer.Text).RootElement;
        Assert.Equal(reason, error.GetProperty("reason").GetString());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
    }

    private async Task<JsonElement> GetAsync(ChainServer server, string path) =>
        JsonDocument.Parse(await _http.GetStringAsync(new Uri(server.Url, $"{ChainApi.Prefix}/{path}"))).RootElement;

    private async Task<(HttpStatusCode Status, string Text)> PostAsync(ChainServer server, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Url, $"{ChainApi.Prefix}/transactions")) { Content = content };

        // asks before it sends: a server that refuses a long body does not read it, and may close the connection on who is still writing
        request.Headers.ExpectContinue = true;
        using var response = await _http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
