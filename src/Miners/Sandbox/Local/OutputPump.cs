using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;

namespace VideoMesh.Miners.Sandbox.Local;

/// <summary>
/// Moves a child's output on threads of their own: pipes have no asynchronous reads, and a blocked pool thread per running
/// command would starve everything else on a small machine.
/// </summary>
internal static class OutputPump
{
    private const int ThreadStackBytes = 256 << 10;
    private const int BufferedBytes = 256 << 10;

    /// <summary>A stream of the child's output that holds the child back when it is not read. Disposing it lets the rest run to waste.</summary>
    public static Stream Stream(SafeFileHandle source)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: BufferedBytes, resumeWriterThreshold: BufferedBytes / 2, useSynchronizationContext: false));
        Begin("sandbox-output", () =>
        {
            var wanted = true;
            var waste = new byte[16 << 10];
            using var stream = new FileStream(source, FileAccess.Read, bufferSize: 0);
            try
            {
                while (true)
                {
                    var read = wanted ? stream.Read(pipe.Writer.GetSpan(waste.Length)) : stream.Read(waste);
                    if (read == 0)
                    {
                        break;
                    }

                    if (wanted)
                    {
                        pipe.Writer.Advance(read);
                        wanted = !pipe.Writer.FlushAsync().AsTask().GetAwaiter().GetResult().IsCompleted;
                    }
                }

                pipe.Writer.Complete();
            }
            catch (IOException failure)
            {
                pipe.Writer.Complete(failure);
            }
        });
        return pipe.Reader.AsStream();
    }

    /// <summary>Ends when the child and all its heirs have closed standard error.</summary>
    public static Task Collect(SafeFileHandle source, StderrTail tail)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Begin("sandbox-errors", () =>
        {
            var buffer = new byte[4 << 10];
            using var stream = new FileStream(source, FileAccess.Read, bufferSize: 0);
            try
            {
                int read;
                while ((read = stream.Read(buffer)) > 0)
                {
                    tail.Append(buffer.AsSpan(0, read));
                }
            }
            catch (IOException)
            {
                // What was read so far is all there is to tell.
            }

            done.SetResult();
        });
        return done.Task;
    }

    private static void Begin(string name, Action work) =>
        new Thread(() => work(), ThreadStackBytes) { IsBackground = true, Name = name }.Start();
}
