namespace VideoMesh.Architecture.Tests;

public sealed class RepositoryRulesTests
{
    private static readonly string[] TextFolders = ["src", "tests", "docker", "config", "docs", ".ci"];

    private static readonly string[] BinaryEndings = [".mp4", ".png", ".jpg", ".ico", ".woff2", ".bin", ".gz"];

    /// <summary>About 300 is the house's measure; a file this long is certainly more than one room.</summary>
    private const int MaxLines = 500;

    private static IEnumerable<(string Path, string Text)> TextFiles =>
        Directory.EnumerateFiles(Repository.Top).Select(file => Path.GetFileName(file)).Where(name => name is not ".git")
            .Concat(TextFolders.SelectMany(folder => Repository.Files(folder)))
            .Where(path => !BinaryEndings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
            .Select(path => (path, Repository.Read(path)));

    [Fact]
    public void The_top_folder_holds_what_a_newcomer_expects_and_nothing_else()
    {
        string[] expected = [".ci", "config", "docker", "docs", "src", "tests"];
        // what tools leave in somebody's checkout is not the repository's
        var present = Directory.EnumerateDirectories(Repository.Top).Select(folder => Path.GetFileName(folder)!)
            .Where(name => name is ".ci" or ".github" || (!name.StartsWith('.') && name is not ("bin" or "obj" or "TestResults")));
        Assert.Empty(present.Except(expected, StringComparer.Ordinal));

        string[] files =
        [
            "mesh", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "VideoMesh.sln", "global.json", ".editorconfig", ".gitignore",
            "Directory.Build.props", "Directory.Packages.props", ".ci/run", "tests/run-tests",
        ];
        Assert.DoesNotContain(files, file => !File.Exists(Path.Combine(Repository.Top, file)));
    }

    [Fact]
    public void Src_holds_the_four_projects()
    {
        var folders = Directory.EnumerateDirectories(Path.Combine(Repository.Top, "src")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);
        Assert.Equal(["Actors", "Chain", "Client", "Miners"], folders);
    }

    [Theory]
    [InlineData("mesh")]
    [InlineData(".ci/run")]
    [InlineData("tests/run-tests")]
    public void Scripts_can_be_run(string script)
    {
        Assert.True(File.GetUnixFileMode(Path.Combine(Repository.Top, script)).HasFlag(UnixFileMode.UserExecute));
    }

    [Fact]
    public void The_readme_shows_the_two_commands()
    {
        var readme = Repository.Read("README.md");
        Assert.Contains("./mesh demo", readme, StringComparison.Ordinal);
        Assert.Contains("./mesh test", readme, StringComparison.Ordinal);
    }

    [Fact]
    public void No_file_names_a_path_of_somebody_s_machine()
    {
        Assert.Empty(TextFiles.SelectMany(file => TextRule.MachinePaths.Violations(file.Path, file.Text)));
    }

    [Fact]
    public void No_source_leaves_work_unfinished()
    {
        Assert.Empty(TextFiles.Where(file => file.Path.EndsWith(".cs", StringComparison.Ordinal)).SelectMany(file => TextRule.UnfinishedWork.Violations(file.Path, file.Text)));
    }

    [Fact]
    public void No_test_waits_by_the_clock_or_is_skipped()
    {
        var tests = TextFiles
            .Where(file => file.Path.StartsWith("tests/", StringComparison.Ordinal) && file.Path.EndsWith(".cs", StringComparison.Ordinal))
            // the kit waits for conditions so that tests need not; this project holds samples of what must be noticed
            .Where(file => !file.Path.StartsWith("tests/TestKit/", StringComparison.Ordinal) && !file.Path.StartsWith("tests/Architecture.Tests/", StringComparison.Ordinal));
        Assert.Empty(tests.SelectMany(file => TextRule.SleepingTests.Violations(file.Path, file.Text).Concat(TextRule.SkippedTests.Violations(file.Path, file.Text))));
    }

    [Fact]
    public void Source_files_stay_readable()
    {
        Assert.Empty(TextFiles
            .Where(file => file.Path.StartsWith("src/", StringComparison.Ordinal) && file.Path.EndsWith(".cs", StringComparison.Ordinal))
            .Select(file => (file.Path, Lines: file.Text.Count(character => character == '\n')))
            .Where(file => file.Lines > MaxLines)
            .Select(file => $"{file.Path} has {file.Lines} lines"));
    }

    [Fact]
    public void Each_text_rule_notices_its_sample()
    {
        Assert.Single(TextRule.MachinePaths.Violations("x", "cd /" + "home/alice/videomesh"));
        Assert.Single(TextRule.MachinePaths.Violations("x", "see (/" + "root/notes.txt)"));
        Assert.Single(TextRule.MachinePaths.Violations("x", "C:\\" + "Users\\bob"));
        Assert.Empty(TextRule.MachinePaths.Violations("x", "$HOME/" + "home/page and https://example.org/" + "home/about and /usr/bin"));
        Assert.Single(TextRule.UnfinishedWork.Violations("x", "// TO" + "DO: later"));
        Assert.Single(TextRule.SleepingTests.Violations("x", "await Task.Del" + "ay(5);"));
        Assert.Single(TextRule.SkippedTests.Violations("x", "[Fact(Sk" + "ip = \"flaky\")]"));
        Assert.Equal(["x:2: a skipped test: [Fact(Sk" + "ip=\"\")]"], TextRule.SkippedTests.Violations("x", "one\n[Fact(Sk" + "ip=\"\")]\nthree"));
    }
}
