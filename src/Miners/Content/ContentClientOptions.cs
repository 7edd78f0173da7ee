using System.ComponentModel.DataAnnotations;

namespace VideoMesh.Miners.Content;

/// <summary>How patient a node is when it fetches from a peer or puts to one.</summary>
public sealed record ContentClientOptions
{
    /// <summary>How long a transfer may go on without <see cref="MinProgressBytes"/> of progress. Default 15 seconds, more than 0.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Bytes that count as progress, so that a peer cannot hold a slot by a byte now and then. Default 16 KiB, at least 1.</summary>
    public int MinProgressBytes { get; init; } = 16 * 1024;

    /// <summary>Broken connections that are made again without 1 MiB of progress in between. Default 4, 0 to 100.</summary>
    public int MaxRetries { get; init; } = 4;

    /// <summary>The mean wait before the first retry; it doubles each time. Default 200 ms, at least 0.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait before a retry. Default 5 seconds, at least <see cref="FirstBackoff"/>.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <exception cref="ValidationException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        if (StallTimeout <= TimeSpan.Zero)
        {
            throw new ValidationException($"The stall timeout must be longer than 0, not {StallTimeout}.");
        }

        if (MinProgressBytes < 1)
        {
            throw new ValidationException($"The least progress must be at least 1 byte, not {MinProgressBytes}.");
        }

        if (MaxRetries is < 0 or > 100)
        {
            throw new ValidationException($"There must be 0 to 100 retries, not {MaxRetries}.");
        }

        if (FirstBackoff < TimeSpan.Zero || MaxBackoff < FirstBackoff)
        {
            throw new ValidationException($"Retries must wait at least 0 and at most the longest wait, not {FirstBackoff} to {MaxBackoff}.");
        }
    }
}
