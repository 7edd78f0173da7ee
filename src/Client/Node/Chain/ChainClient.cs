using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Commands;
using VideoMesh.Client.Rendering;

namespace VideoMesh.Client.Node.Chain;

/// <summary>Asks a node's chain API. What does not answer, or not sensibly, is a <see cref="CommandFailure"/> that says so.</summary>
/// <param name="node">URL of the node.</param>
/// <param name="time">Drives timeouts.</param>
public sealed class ChainClient(Uri node, TimeProvider time) : IDisposable
{
    private const int MaxAnswerBytes = 16 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5) })
    {
        MaxResponseContentBufferSize = MaxAnswerBytes,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public Task<StatusAnswer> StatusAsync(CancellationToken cancellationToken) => GetAsync<StatusAnswer>("/status", cancellationToken);

    public Task<VerifiersAnswer> VerifiersAsync(CancellationToken cancellationToken) => GetAsync<VerifiersAnswer>("/verifiers", cancellationToken);

    /// <param name="name">Height or hash.</param>
    public Task<BlockAnswer> BlockAsync(string name, CancellationToken cancellationToken) => GetAsync<BlockAnswer>("/blocks/" + Uri.EscapeDataString(name), cancellationToken);

    public Task<TransactionAnswer> TransactionAsync(string hash, CancellationToken cancellationToken) =>
        GetAsync<TransactionAnswer>("/transactions/" + Uri.EscapeDataString(hash), cancellationToken);

    public Task<AccountAnswer> AccountAsync(Address address, bool proof, CancellationToken cancellationToken) =>
        GetAsync<AccountAnswer>($"/accounts/{address}{(proof ? "?proof=true" : "")}", cancellationToken);

    public Task<ContractsAnswer> ContractsAsync(CancellationToken cancellationToken) => GetAsync<ContractsAnswer>("/contracts", cancellationToken);

    /// <param name="keys">At most <see cref="ChainApi.MaxObjects"/>.</param>
    public Task<ObjectsAnswer> ObjectsAsync(IEnumerable<Hash256> keys, CancellationToken cancellationToken) =>
        GetAsync<ObjectsAnswer>("/objects/" + string.Join(',', keys), cancellationToken);

    /// <summary>The transaction if a final block holds it, else null.</summary>
    public async Task<TransactionAnswer?> FindTransactionAsync(Hash256 hash, CancellationToken cancellationToken)
    {
        try
        {
            return await TransactionAsync(hash.ToString(), cancellationToken);
        }
        catch (CommandFailure failure) when (string.Equals(failure.Reason, ChainApiRefusal.NoSuchTransaction.Answer().Reason, StringComparison.Ordinal))
        {
            return null;
        }
    }

    /// <summary>Hands in one signed transaction.</summary>
    public async Task<OutcomeAnswer> SubmitAsync(ReadOnlyMemory<byte> encoded, CancellationToken cancellationToken)
    {
        var request = new SubmitRequest(["0x" + Convert.ToHexStringLower(encoded.Span)]);
        var answer = await AskAsync<SubmitAnswer>(
            token => _http.PostAsJsonAsync(new Uri(node, ChainApi.Prefix + "/transactions"), request, ChainJson.Options, token), cancellationToken);
        return answer.Transactions is [var outcome] ? outcome with { Message = outcome.Message is { } text ? Units.Clean(text, Units.SentenceLength) : null } : throw Senseless(null);
    }

    public void Dispose() => _http.Dispose();

    private Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) => AskAsync<T>(token => _http.GetAsync(new Uri(node, ChainApi.Prefix + path), token), cancellationToken);

    private async Task<T> AskAsync<T>(Func<CancellationToken, Task<HttpResponseMessage>> ask, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            using var response = await ask(either.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw await FailureAsync(response, either.Token);
            }

            return await response.Content.ReadFromJsonAsync<T>(ChainJson.Options, either.Token) ?? throw Senseless(null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // the latter: a character set that there is not
            throw Senseless(e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailure(ExitCode.NoNetworkOrMiner, "network-unreachable", $"{node} did not answer within {Patience.TotalSeconds:0} s; try again, or ask another node.", e);
        }
    }

    private async Task<CommandFailure> FailureAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        ErrorAnswer? error;
        try
        {
            error = await response.Content.ReadFromJsonAsync<ErrorAnswer>(ChainJson.Options, cancellationToken);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            error = null;
        }

        return error is null
            ? Senseless(null)
            : new CommandFailure(Code(response.StatusCode, error.Reason), Name(error.Reason), Sentence(error.Message));
    }

    private static ExitCode Code(HttpStatusCode status, string reason) => status switch
    {
        HttpStatusCode.NotFound when !string.Equals(reason, ChainApiRefusal.NoLedger.Answer().Reason, StringComparison.Ordinal) => ExitCode.RefusedByLedgerOrWallet,
        HttpStatusCode.BadRequest => ExitCode.Usage,
        _ => ExitCode.NoNetworkOrMiner,
    };

    private CommandFailure Senseless(Exception? cause) =>
        new(ExitCode.NoNetworkOrMiner, "not-a-ledger", $"{node} does not answer as a node with a ledger does; check the URL, or ask another node.", cause);

    private static string Sentence(string text) => Units.Clean(text, Units.SentenceLength) is { } plain && !string.IsNullOrWhiteSpace(plain) ? plain : "The node refused without saying why.";

    private static string Name(string reason) => reason.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-') && reason.Length is > 0 and <= 64 ? reason : "refused";
}
