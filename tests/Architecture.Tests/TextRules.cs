using System.Text.RegularExpressions;

namespace VideoMesh.Architecture.Tests;

/// <summary>What no file of the repository may say.</summary>
/// <param name="Pattern">Matched line by line.</param>
internal sealed partial record TextRule(string Name, Regex Pattern)
{
    // The words are put together here so that this file does not break its own rules.
    public static readonly TextRule MachinePaths = new("a path of somebody's machine", Compile("(?<![\\w.~$}])/" + "(home/[a-z]|Users/[A-Za-z]|root/|work/(main|wt|shared)\\b)|[A-Z]:\\\\" + "Users"));

    public static readonly TextRule UnfinishedWork = new("unfinished work", Compile("\\b(TO" + "DO|FIX" + "ME|HA" + "CK|XX" + "X)\\b"));

    public static readonly TextRule SleepingTests = new("waiting by the clock in a test", Compile("\\b(Thread\\.Sle" + "ep|Task\\.Del" + "ay)\\("));

    public static readonly TextRule SkippedTests = new("a skipped test", Compile("\\bSk" + "ip\\s*="));

    public IEnumerable<string> Violations(string path, string text)
    {
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (Pattern.IsMatch(line))
            {
                yield return $"{path}:{number}: {Name}: {line.Trim()}";
            }
        }
    }

    private static Regex Compile(string pattern) => new(pattern, RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
}
