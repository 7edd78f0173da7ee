using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using VideoMesh.TestKit;

namespace VideoMesh.Mesh.Tests.Playback;

/// <summary>What a browser's video element came to.</summary>
/// <param name="Error">Null: none.</param>
/// <param name="Seconds">Where it stands.</param>
/// <param name="Frames">Shown or dropped.</param>
/// <param name="Picture">The last picture, 8 × 8 pixels of RGB.</param>
public sealed record Played(string? Error, bool Ended, double Seconds, double Duration, int Width, int Height, int Frames, long AudioBytes, int[] Picture);

/// <summary>Debian's Chromium, which plays a folder of ours with a player of somebody else's.</summary>
public static class Browser
{
    // Of the design page: no GPU here, nothing that calls home, sound needs no click.
    private static readonly string[] Flags =
    [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--autoplay-policy=no-user-gesture-required", "--disable-dev-shm-usage", "--mute-audio",
    ];

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Plays to the end.</summary>
    /// <param name="folder">Is served.</param>
    /// <param name="stream">Path of the playlist below it.</param>
    /// <param name="player">File in <c>Vendor</c>.</param>
    public static async Task<Played> PlayAsync(string folder, string stream, string player)
    {
        var reported = new TaskCompletionSource<Played>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var site = Serve(folder, player, reported);
        await site.StartAsync();
        var profile = Directory.CreateTempSubdirectory("videomesh-chromium-");
        var page = $"{site.Urls.Single()}/page.html?stream=/media/{stream}";
        var start = new ProcessStartInfo("chromium", [.. Flags, "--user-data-dir=" + profile.FullName, page]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        using var chromium = Process.Start(start)!;
        var said = chromium.StandardError.ReadToEndAsync();
        try
        {
            var first = await Task.WhenAny(reported.Task, chromium.WaitForExitAsync()).WaitAsync(Limit);
            return first == reported.Task ? await reported.Task : throw new InvalidOperationException($"Chromium ended before it said anything: {await said}");
        }
        finally
        {
            chromium.Kill(entireProcessTree: true);
            await chromium.WaitForExitAsync();

            // what it started dies a little after it, and writes until then
            await Eventually.TrueAsync(() => TryDelete(profile), what: "Chromium has left its folder");
        }
    }

    private static WebApplication Serve(string folder, string player, TaskCompletionSource<Played> reported)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(options => options.Listen(IPAddress.Loopback, 0));
        var site = builder.Build();
        var own = Path.Combine(AppContext.BaseDirectory, "Playback");
        site.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(folder), RequestPath = "/media", ServeUnknownFileTypes = true });
        site.MapGet("/page.html", () => Results.File(Path.Combine(own, "page.html"), "text/html"));
        site.MapGet("/player.js", (HttpContext context) =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return Results.File(Path.Combine(own, "Vendor", player + ".gz"), "text/javascript");
        });
        site.MapPost("/report", async (HttpContext context) =>
            reported.TrySetResult((await JsonSerializer.DeserializeAsync<Played>(context.Request.Body, JsonSerializerOptions.Web))!));
        return site;
    }

    private static bool TryDelete(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
