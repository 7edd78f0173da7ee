using Microsoft.Extensions.Logging;

namespace VideoMesh.Miners.Sandbox;

/// <summary>Which sandbox to use; parsed from configuration by name, ignoring case.</summary>
public enum SandboxKind
{
    /// <summary>Docker if an engine answers and can run the worker image, else bubblewrap, else a refusal.</summary>
    Auto,
    Docker,
    Bubblewrap,

    /// <summary>No isolation. Never chosen by <see cref="Auto"/>.</summary>
    None,
}

/// <summary>What <see cref="Sandboxes.CreateAsync"/> needs to know of the machine.</summary>
public sealed record SandboxOptions
{
    public SandboxKind Kind { get; init; } = SandboxKind.Auto;

    /// <summary>The ffmpeg to run: a program or a script; null takes <c>ffmpeg</c> from PATH.</summary>
    public string? FfmpegPath { get; init; }

    /// <summary>The ffprobe to run; null takes the one beside ffmpeg, else the one from PATH.</summary>
    public string? FfprobePath { get; init; }

    /// <summary>Folder below which work folders live; null takes one of the user's own below the system's temporary folder.
    /// It is made if missing. Work folders below it cannot be reached by other users.</summary>
    public string? ScratchRoot { get; init; }

    /// <summary>The engine's unix socket; null takes DOCKER_HOST if it names one, else <c>/var/run/docker.sock</c>.</summary>
    public string? DockerSocket { get; init; }

    /// <summary>Repository name of the worker image; the tag is made from the ffmpeg it holds.</summary>
    public string DockerImage { get; init; } = "videomesh-worker";

    /// <summary>Hears the warning of <see cref="SandboxKind.None"/> and why <see cref="SandboxKind.Auto"/> passed over Docker.</summary>
    public ILogger? Logger { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
