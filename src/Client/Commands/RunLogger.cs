using Microsoft.Extensions.Logging;

namespace VideoMesh.Client.Commands;

/// <summary>Warnings of the rooms below, shown to the person at the keyboard; what is less than a warning is shown only with VIDEOMESH_DEBUG=1.</summary>
internal sealed class RunLogger(CommandRun run) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) =>
        logLevel >= LogLevel.Warning || (logLevel >= LogLevel.Information && string.Equals(run.Environment("VIDEOMESH_DEBUG"), "1", StringComparison.Ordinal));

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var text = formatter(state, exception);
        if (logLevel >= LogLevel.Warning)
        {
            run.Warn(text);
        }
        else
        {
            run.Note(text);
        }
    }
}
