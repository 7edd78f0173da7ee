using VideoMesh.Client.Commands;

namespace VideoMesh.Client.Rendering;

/// <summary>Shows a running job on stderr: a live picture on a terminal, a line now and then elsewhere, nothing with <c>--quiet</c>.</summary>
public static class JobProgressView
{
    public static IJobProgress Open(CommandRun run) =>
        run.Quiet ? new SilentJobProgress()
        : run.IsLive ? new LiveJobProgress(run.ErrorConsole(), run.Time)
        : new LineJobProgress(run.Note, run.Time);

    private sealed class SilentJobProgress : IJobProgress
    {
        public void Report(JobSnapshot snapshot)
        {
            // nobody is watching
        }

        public void Note(string line)
        {
            // nobody is watching
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
