using System.Text;

namespace VideoMesh.Client.Commands;

/// <summary>Asks on the terminal for what nobody else may see.</summary>
internal static class SecretPrompt
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);

    /// <summary>One line, not shown while it is typed; the question goes to stderr.</summary>
    /// <returns>Null if input ends without a line.</returns>
    /// <exception cref="OperationCanceledException">The person pressed Ctrl-C.</exception>
    public static string? Ask(string question, CancellationToken cancellation)
    {
        Console.Error.Write(question);
        try
        {
            var line = new StringBuilder();
            while (true)
            {
                var key = Read(cancellation);
                switch (key.Key)
                {
                    case ConsoleKey.Enter:
                        return line.ToString();
                    case ConsoleKey.Backspace:
                        line.Length = Math.Max(0, line.Length - 1);
                        break;
                    case ConsoleKey.D when key.Modifiers == ConsoleModifiers.Control && line.Length == 0:
                        return null;
                    default:
                        if (!char.IsControl(key.KeyChar))
                        {
                            line.Append(key.KeyChar);
                        }

                        break;
                }
            }
        }
        finally
        {
            Console.Error.WriteLine();
        }
    }

    // a blocking read would not notice Ctrl-C, which arrives as a signal
    private static ConsoleKeyInfo Read(CancellationToken cancellation)
    {
        while (!Console.KeyAvailable)
        {
            cancellation.WaitHandle.WaitOne(Beat);
            cancellation.ThrowIfCancellationRequested();
        }

        return Console.ReadKey(intercept: true);
    }
}
