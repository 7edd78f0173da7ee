using System.Collections.Frozen;

namespace VideoMesh.Chain.Wallets;

/// <summary>The 2048 English words of BIP-39, which no two begin with the same four letters; each stands for 11 bits.</summary>
internal static class WordList
{
    internal const int BitsPerWord = 11;

    private static readonly Lazy<(string[] Words, FrozenDictionary<string, int> Numbers)> List = new(Load, LazyThreadSafetyMode.ExecutionAndPublication);

    internal static string Word(int number) => List.Value.Words[number];

    internal static bool TryFind(string word, out int number) => List.Value.Numbers.TryGetValue(word, out number);

    private static (string[] Words, FrozenDictionary<string, int> Numbers) Load()
    {
        using var resource = typeof(WordList).Assembly.GetManifestResourceStream("VideoMesh.Chain.Wallets.english.txt")!;
        using var reader = new StreamReader(resource);
        var words = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (words, words.Index().ToFrozenDictionary(word => word.Item, word => word.Index, StringComparer.Ordinal));
    }
}
