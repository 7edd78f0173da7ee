using System.Collections.Concurrent;

namespace VideoMesh.Miners.Sandbox.Native;

/// <summary>
/// Starts every child from one thread that lives as long as the process. Linux sends a parent-death signal when the *thread*
/// that forked ends, and pool threads come and go: started from one of them, a child would be killed in mid-work.
/// </summary>
internal static class SpawnThread
{
    private static readonly Lazy<BlockingCollection<Action>> Queue = new(Begin);

    public static Task<T> RunAsync<T>(Func<T> spawn)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Queue.Value.Add(() =>
        {
            try
            {
                done.SetResult(spawn());
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        return done.Task;
    }

    private static BlockingCollection<Action> Begin()
    {
        var queue = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var action in queue.GetConsumingEnumerable())
            {
                action();
            }
        })
        { IsBackground = true, Name = "sandbox-spawner" }.Start();
        return queue;
    }
}
