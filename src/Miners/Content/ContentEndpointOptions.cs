using System.ComponentModel.DataAnnotations;

namespace VideoMesh.Miners.Content;

/// <summary>How patient the content endpoints are with slow peers.</summary>
public sealed record ContentEndpointOptions
{
    /// <summary>A peer that sends or takes fewer bytes a second than this, after the grace period, is cut off. Default 4096, at least 1.</summary>
    public double MinBytesPerSecond { get; init; } = 4096;

    /// <summary>How long a peer may be slower than that. Default 10 seconds, more than 1 second.</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromSeconds(10);

    /// <exception cref="ValidationException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        if (MinBytesPerSecond < 1)
        {
            throw new ValidationException($"The least rate must be at least 1 byte per second, not {MinBytesPerSecond}.");
        }

        if (GracePeriod <= TimeSpan.FromSeconds(1))
        {
            throw new ValidationException($"The grace period must be longer than 1 second, not {GracePeriod}.");
        }
    }
}
