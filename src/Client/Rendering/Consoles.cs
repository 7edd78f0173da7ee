using System.Text;
using Spectre.Console;

namespace VideoMesh.Client.Rendering;

/// <summary>Spectre consoles over our own writers, which it cannot ask whether they are terminals.</summary>
internal static class Consoles
{
    /// <summary>Where nobody folds lines, tables may be as wide as they like.</summary>
    private const int WidthWithoutTerminal = 200;

    private const int WidthOfUnknownTerminal = 80;

    public static IAnsiConsole Create(TextWriter writer, bool isTerminal, int? width) =>
        AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new Output(writer, isTerminal, width ?? (isTerminal ? WidthOfUnknownTerminal : WidthWithoutTerminal)),
        });

    private sealed class Output(TextWriter writer, bool isTerminal, int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => isTerminal;

        public int Width => width;

        public int Height => 50;

        public void SetEncoding(Encoding encoding)
        {
            // the writers are UTF-8 from the start
        }
    }
}
