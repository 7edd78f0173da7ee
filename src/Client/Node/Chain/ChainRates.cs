using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using VideoMesh.Actors.Mesh;

namespace VideoMesh.Client.Node.Chain;

/// <summary>How often one address may ask. An IPv6 stranger has a whole /64, so that is one address here.</summary>
public static class ChainRates
{
    /// <summary>Policy of requests that stay open; what counts all requests counts these too.</summary>
    public const string Followers = "chain-followers";

    private const int FollowersOfStranger = 8;
    private const int FollowersOfLoopback = 256;

    private static readonly TimeSpan FollowerRetry = TimeSpan.FromSeconds(10);

    /// <summary>Adds the policies; the host then uses the rate limiter.</summary>
    /// <param name="services">Of the host.</param>
    /// <param name="strangersPerSecond">Sustained requests per second of one address that is not loopback; five times as many at once.</param>
    /// <param name="loopbackPerSecond">The same for this machine.</param>
    public static void Add(IServiceCollection services, int strangersPerSecond = 20, int loopbackPerSecond = 2000) => services.AddRateLimiter(options =>
    {
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
        {
            var (who, isLoopback) = Sender(context);
            return context.Request.Path.StartsWithSegments(ChainApi.Prefix, StringComparison.OrdinalIgnoreCase)
                ? RateLimitPartition.GetTokenBucketLimiter(who, _ => Bucket(isLoopback ? loopbackPerSecond : strangersPerSecond))
                : RateLimitPartition.GetNoLimiter("");
        });
        options.AddPolicy(Followers, context =>
        {
            var (who, isLoopback) = Sender(context);
            return RateLimitPartition.GetConcurrencyLimiter(
                who, _ => new ConcurrencyLimiterOptions { PermitLimit = isLoopback ? FollowersOfLoopback : FollowersOfStranger, QueueLimit = 0 });
        });
        options.OnRejected = async (rejected, cancellation) =>
        {
            var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : FollowerRetry;
            var response = rejected.HttpContext.Response;
            response.StatusCode = ChainApiRefusal.TooManyRequests.StatusCode();
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            await response.WriteAsJsonAsync(ChainApiRefusal.TooManyRequests.Answer(), ChainJson.Options, cancellation);
        };
    });

    private static TokenBucketRateLimiterOptions Bucket(int perSecond) => new()
    {
        TokenLimit = 5 * perSecond,
        TokensPerPeriod = perSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    };

    private static (string Who, bool IsLoopback) Sender(HttpContext context) => context.Connection.RemoteIpAddress is { } remote
        ? (RemoteAddress.Normalize(remote).ToString(), IPAddress.IsLoopback(RemoteAddress.Normalize(remote)))
        : ("", false);
}
