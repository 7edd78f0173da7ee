using System.Runtime.CompilerServices;

namespace VideoMesh.Architecture.Tests;

/// <summary>The checkout these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] Made = ["bin", "obj", "TestResults", ".git", ".mesh"];

    /// <summary>Absolute path of its top folder.</summary>
    public static string Top { get; } = FindTop();

    public static string Read(string path) => File.ReadAllText(Path.Combine(Top, path));

    /// <summary>Files below a folder, as paths from the top with forward slashes, without what builds make.</summary>
    public static IEnumerable<string> Files(string folder, string pattern = "*") =>
        Walk(Path.Combine(Top, folder), pattern).Select(file => Path.GetRelativePath(Top, file)).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Walk(string folder, string pattern)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        return Directory.EnumerateFiles(folder, pattern)
            .Concat(Directory.EnumerateDirectories(folder)
                .Where(child => !Made.Contains(Path.GetFileName(child), StringComparer.Ordinal))
                .SelectMany(child => Walk(child, pattern)));
    }

    private static string FindTop([CallerFilePath] string here = "")
    {
        // beside the assembly first, so that a checkout that was moved after the build still finds itself
        foreach (var start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(here)! })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "VideoMesh.sln")))
                {
                    return folder.FullName;
                }
            }
        }

        throw new InvalidOperationException("The checkout with VideoMesh.sln was not found above the tests.");
    }
}
