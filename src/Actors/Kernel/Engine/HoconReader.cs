using System.Buffers;
using System.Collections.Immutable;

namespace VideoMesh.Actors.Kernel.Engine;

/// <summary>The part of HOCON that named mailboxes need; refuses the rest rather than read it differently from Akka.NET.</summary>
internal static class HoconReader
{
    private static readonly SearchValues<char> s_forbidden = SearchValues.Create("\"$[]+`^?!@*&\\");

    /// <returns>Every setting under its full key, e.g. <c>inbox.mailbox-capacity</c>.</returns>
    public static ImmutableDictionary<string, string> Read(string text)
    {
        var settings = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var scopes = new Stack<string>();
        foreach (var token in Tokens(text))
        {
            var scope = scopes.TryPeek(out var outer) ? outer : "";
            if (token is "}")
            {
                if (!scopes.TryPop(out _))
                {
                    throw new ConfigurationException("A closing brace has no opening one.");
                }
            }
            else if (token[^1] == '{')
            {
                scopes.Push($"{scope}{Key(token[..^1].TrimEnd(' ', '=', ':'))}.");
            }
            else
            {
                var at = token.IndexOfAny(['=', ':']);
                if (at <= 0)
                {
                    throw new ConfigurationException($"This is not a setting: {token}");
                }

                settings[scope + Key(token[..at].Trim())] = Value(token[(at + 1)..].Trim());
            }
        }

        return scopes.Count == 0 ? settings.ToImmutable() : throw new ConfigurationException("An opening brace has no closing one.");
    }

    private static IEnumerable<string> Tokens(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            var start = 0;
            var quoted = false;
            for (var i = 0; i <= line.Length; i++)
            {
                var c = i < line.Length ? line[i] : '\n';
                if (c == '"')
                {
                    quoted = !quoted;
                }

                var comment = c == '#' || (c == '/' && i + 1 < line.Length && line[i + 1] == '/');
                if (c != '\n' && (quoted || !(comment || c is '{' or '}' or ',')))
                {
                    continue;
                }

                var token = line[start..i].Trim() + (c == '{' ? "{" : "");
                if (token.Length > 0)
                {
                    yield return token;
                }

                if (c == '}')
                {
                    yield return "}";
                }

                if (comment)
                {
                    break;
                }

                start = i + 1;
            }
        }
    }

    private static string Key(string key) => key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
        ? key
        : throw new ConfigurationException($"This is not a key: {key}");

    private static string Value(string value) => value switch
    {
        ['"', .. var quoted, '"'] when !quoted.Contains('"', StringComparison.Ordinal) => quoted,
        [] or ['[', ..] => throw new ConfigurationException($"This is not a value: {value}"),
        _ when value.AsSpan().ContainsAny(s_forbidden) => throw new ConfigurationException($"This is not a value: {value}"),
        _ => value,
    };
}
