using System.Runtime.CompilerServices;

namespace VideoMesh.TestKit;

/// <summary>Waits for a condition instead of the clock. The limit is a guard against hanging, never a statement about speed.</summary>
public static class Eventually
{
    /// <summary>Far above what any machine needs.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Returns as soon as the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not within the limit (60 s unless told otherwise).</exception>
    public static Task TrueAsync(Func<bool> condition, TimeSpan? limit = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        TrueAsync(() => Task.FromResult(condition()), limit, what);

    /// <inheritdoc cref="TrueAsync(Func{bool}, TimeSpan?, string)"/>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan? limit = null, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > (limit ?? Limit))
            {
                throw new TimeoutException($"This never came true: {what}");
            }

            await Task.Delay(Pause);
        }
    }

    /// <summary>Waits for <paramref name="task"/>, with the same guard.</summary>
    public static Task<T> Ends<T>(Task<T> task) => task.WaitAsync(Limit);

    /// <inheritdoc cref="Ends{T}"/>
    public static Task Ends(Task task) => task.WaitAsync(Limit);
}
