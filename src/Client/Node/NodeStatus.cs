using System.Net.Http.Json;
using System.Text.Json;
using VideoMesh.Actors.Mesh;
using VideoMesh.Client.Commands;

namespace VideoMesh.Client.Node;

/// <summary>What a node says of itself to whoever asks over HTTP.</summary>
internal sealed record NodeStatus(string Chain)
{
    /// <summary>The chain of a node. Nodes of different chains do not link, so a client joins the chain of the node it was told of.</summary>
    /// <exception cref="CommandFailure">No node answers there.</exception>
    public static async Task<string> ChainOfAsync(Uri network, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        try
        {
            using var answer = await http.GetAsync(new Uri(network, MeshNode.StatusPath), cancellationToken);
            answer.EnsureSuccessStatusCode();
            var status = await answer.Content.ReadFromJsonAsync<NodeStatus>(cancellationToken);
            return status is { Chain: { } chain } && MeshRules.IsChain(chain) ? chain : throw new JsonException("It does not say its chain.");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailure(ExitCode.NoNetworkOrMiner, "network-unreachable", $"No node of the network answers at {network}; check the URL, or leave --network out to use this machine.", e);
        }
    }
}
