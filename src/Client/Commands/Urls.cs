using VideoMesh.Miners.Content;

namespace VideoMesh.Client.Commands;

internal static class Urls
{
    /// <exception cref="CommandFailure">It is not an http or https URL.</exception>
    public static Uri Parse(string option, string text) => ContentClient.TryReadBaseUrl(text, out var url)
        ? url
        : throw CommandFailure.Usage("bad-url", $"{option} wants a URL such as http://127.0.0.1:4100, not '{text}'.");
}
