using System.CommandLine;
using System.CommandLine.Parsing;

namespace VideoMesh.Client.Commands;

/// <summary>What is wrong with a command line, in one sentence that says where to look.</summary>
/// <param name="IsIncomplete">A verb is missing, and nothing else is wrong: the help says more than a sentence.</param>
internal sealed record UsageComplaint(string Reason, string Sentence, bool IsIncomplete = false)
{
    /// <summary>Null if the command line can be run.</summary>
    public static UsageComplaint? Find(ParseResult parse, string workingDirectory)
    {
        // help and version are shown whatever else is on the line
        if (parse.Action is { ClearsParseErrors: true })
        {
            return null;
        }

        if (UnknownOption(parse, workingDirectory) is { } option)
        {
            var hint = Closest(option, OptionNames(parse.CommandResult.Command)) is { } closest ? $"; did you mean {closest}?"
                : parse.CommandResult.Command.Arguments.Count > 0 ? $" (a file of that name is written ./{option})."
                : ".";
            return new("unknown-option", $"{Subject(parse)} has no option {option}{hint} {SeeHelp(parse)}");
        }

        var command = parse.CommandResult.Command;
        if (parse.UnmatchedTokens is [var unknown, ..])
        {
            return command.Subcommands.Count > 0
                ? new("unknown-command", $"there is no command '{unknown}'{(Closest(unknown, VisibleNames(command)) is { } closest ? $"; did you mean {closest}?" : ".")} {SeeHelp(parse)}")
                : new("unexpected-argument", $"{Subject(parse)} does not take '{unknown}'. {SeeHelp(parse)}");
        }

        if (parse.Action is null || (command.Action is null && command.Subcommands.Count > 0))
        {
            return new("command-missing", $"say what to do: {string.Join(", ", VisibleNames(command))}.", IsIncomplete: true);
        }

        return parse.Errors is [var error, ..] ? new("bad-value", $"{Describe(error)} {SeeHelp(parse)}") : null;
    }

    /// <summary>The verbs that lead to a command, without the program's name.</summary>
    public static IEnumerable<string> PathOf(CommandResult result)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = result; at is CommandResult { Command: not RootCommand } verb; at = verb.Parent)
        {
            names.Push(verb.Command.Name);
        }

        return names;
    }

    // The parser takes what it does not know for an argument as long as one is wanted: 'transcode --profil x' would look for a file named '--profil'.
    private static string? UnknownOption(ParseResult parse, string workingDirectory)
    {
        var beforeDashes = parse.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).ToHashSet(ReferenceEqualityComparer.Instance);
        if (parse.UnmatchedTokens.FirstOrDefault(LooksLikeOption) is { } unmatched
            && parse.Tokens.Any(token => beforeDashes.Contains(token) && string.Equals(token.Value, unmatched, StringComparison.Ordinal)))
        {
            return unmatched;
        }

        foreach (var result in parse.CommandResult.Children)
        {
            var suspicious = result switch
            {
                ArgumentResult argument => argument.Tokens.Where(token => LooksLikeOption(token.Value) && !Path.Exists(Path.Combine(workingDirectory, token.Value))),
                OptionResult option => option.Tokens.Where(token => token.Value.StartsWith("--", StringComparison.Ordinal)),
                _ => [],
            };
            if (suspicious.FirstOrDefault(beforeDashes.Contains) is { } found)
            {
                return found.Value;
            }
        }

        return null;
    }

    private static bool LooksLikeOption(string token) => token.Length > 1 && token[0] == '-';

    private static string Describe(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Tokens: [var value, ..] } option when IsConversion(error) => $"'{value.Value}' is not {Expected(option.Option.ValueType)}, as {option.Option.Name} needs.",
        ArgumentResult { Tokens: [var value, ..], Parent: OptionResult option } when IsConversion(error) => $"'{value.Value}' is not {Expected(option.Option.ValueType)}, as {option.Option.Name} needs.",
        ArgumentResult { Tokens: [var value, ..] } argument when IsConversion(error) => $"'{value.Value}' is not {Expected(argument.Argument.ValueType)}, as {argument.Argument.Name} needs.",
        OptionResult { Tokens: [] } option => $"{option.Option.Name} needs a value.",
        _ => LowerFirst(error.Message),
    };

    private static bool IsConversion(ParseError error) => error.Message.StartsWith("Cannot parse", StringComparison.Ordinal);

    private static string LowerFirst(string message) => message.Length > 1 && char.IsLower(message[1]) ? char.ToLowerInvariant(message[0]) + message[1..] : message;

    private static string Expected(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return Type.GetTypeCode(type) switch
        {
            _ when type.IsEnum => $"one of {string.Join(", ", Enum.GetNames(type).Select(name => name.ToLowerInvariant()))}",
            TypeCode.Int32 or TypeCode.Int64 or TypeCode.Int16 or TypeCode.Byte or TypeCode.UInt16 or TypeCode.UInt32 or TypeCode.UInt64 => "a whole number",
            TypeCode.Double or TypeCode.Single or TypeCode.Decimal => "a number",
            _ => "what is expected",
        };
    }

    private static string Subject(ParseResult parse) => parse.CommandResult.Command is RootCommand ? CommandLine.ProgramName : string.Join(' ', PathOf(parse.CommandResult));

    private static string PathText(ParseResult parse) => string.Join(' ', PathOf(parse.CommandResult).Prepend(CommandLine.ProgramName));

    private static string SeeHelp(ParseResult parse) => $"See '{PathText(parse)} --help'.";

    private static IEnumerable<string> VisibleNames(Command command) => command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name);

    private static IEnumerable<string> OptionNames(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options).Where(option => option.Recursive))
            .Where(option => !option.Hidden)
            .SelectMany(option => option.Aliases.Prepend(option.Name))
            .Where(name => name.StartsWith("--", StringComparison.Ordinal));

    private static string? Closest(string word, IEnumerable<string> names) =>
        names.Select(name => (Name: name, Distance: Distance(word, name)))
            .Where(candidate => candidate.Distance <= Math.Max(word.Trim('-').Length < 4 ? 1 : 2, word.Length / 3))
            .OrderBy(candidate => candidate.Distance)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();

    // Levenshtein's, with one row
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
