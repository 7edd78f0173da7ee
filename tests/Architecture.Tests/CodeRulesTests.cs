using System.Runtime.InteropServices;

namespace VideoMesh.Architecture.Tests;

public sealed class CodeRulesTests
{
    public static TheoryData<string> BannedNames => [.. BannedCalls.All.Select(rule => rule.Name)];

    [Theory]
    [MemberData(nameof(BannedNames))]
    public void Nothing_in_src_does_this(string name)
    {
        var rule = BannedCalls.All.Single(rule => string.Equals(rule.Name, name, StringComparison.Ordinal));
        Assert.Empty(rule.Violations(House.Assemblies.SelectMany(Calls.In)));
    }

    [Fact]
    public void Every_exemption_is_still_needed()
    {
        var calls = House.Assemblies.SelectMany(Calls.In).ToList();
        var idle = BannedCalls.All.SelectMany(rule => rule.Exemptions
            .Where(exemption => !calls.Exists(call => rule.Matches(call) && exemption.Covers(call.Caller)))
            .Select(exemption => $"{rule.Name}: {exemption.Caller}"));
        Assert.Empty(idle);
    }

    [Fact]
    public void Each_banned_call_is_noticed_wherever_it_hides()
    {
        var calls = Calls.In(typeof(Violating)).Concat(typeof(Violating).GetNestedTypes(System.Reflection.BindingFlags.NonPublic).SelectMany(Calls.In)).ToList();

        AssertNoticed(BannedCalls.AmbientTime, calls, "get_UtcNow", "get_Now", "get_TickCount64", "GetTimestamp");
        AssertNoticed(BannedCalls.AmbientWaiting, calls, "Sleep", "Delay", ".ctor(TimeSpan)");
        AssertNoticed(BannedCalls.AmbientChance, calls, "get_Shared", "Random..ctor()", "NewGuid");
        AssertNoticed(BannedCalls.ForeignPrograms, calls, "Start");
        AssertNoticed(BannedCalls.Sqlite, calls, "SqliteConnection..ctor");
        AssertNoticed(BannedCalls.Unfinished, calls, ".ctor");
    }

    [Fact]
    public void What_is_allowed_is_left_alone()
    {
        var calls = Calls.In(typeof(Proper)).Concat(typeof(Proper).GetNestedTypes(System.Reflection.BindingFlags.NonPublic).SelectMany(Calls.In)).ToList();

        Assert.Contains(calls, call => call.Target.Name is "Delay");
        Assert.Empty(BannedCalls.All.SelectMany(rule => rule.Violations(calls)));
    }

    [Fact]
    public void An_exemption_covers_its_namespace_and_nothing_that_merely_begins_alike()
    {
        var exemption = new Exemption("VideoMesh.Chain.Store", "only here");

        Assert.True(exemption.Covers("VideoMesh.Chain.Store"));
        Assert.True(exemption.Covers("VideoMesh.Chain.Store.Deep.Table"));
        Assert.False(exemption.Covers("VideoMesh.Chain.StoreFront"));
    }

    [Fact]
    public void Native_functions_are_imported_in_few_places()
    {
        Assert.Empty(NativeImports.Violations(House.Assemblies.SelectMany(assembly => assembly.GetTypes())));
    }

    [Fact]
    public void A_native_import_elsewhere_is_noticed()
    {
        Assert.Equal([$"{typeof(Violating).FullName} imports libc:getpid"], NativeImports.Violations([typeof(Violating)]));
    }

    [Fact]
    public void Numbers_in_options_say_their_unit()
    {
        Assert.Empty(House.Assemblies.SelectMany(OptionUnits.OptionClasses).SelectMany(OptionUnits.Violations));
    }

    [Fact]
    public void A_number_without_a_unit_is_noticed()
    {
        Assert.Equal(
            [
                $"{typeof(UnitlessOptions).FullName}.Timeout is a time: make it a TimeSpan",
                $"{typeof(UnitlessOptions).FullName}.IdleSeconds is a time: make it a TimeSpan",
                $"{typeof(UnitlessOptions).FullName}.CacheSize is a size: let its name end in Bytes",
                $"{typeof(UnitlessOptions).FullName}.UploadRate is a rate: let its name end in PerSecond",
            ],
            OptionUnits.Violations(typeof(UnitlessOptions)));
        Assert.Contains(typeof(UnitlessOptions), OptionUnits.OptionClasses(typeof(UnitlessOptions).Assembly));
    }

    private static void AssertNoticed(BannedCalls rule, IEnumerable<Call> calls, params string[] names)
    {
        var violations = rule.Violations(calls).ToList();
        Assert.All(names, name => Assert.Contains(violations, violation => violation.Contains(name, StringComparison.Ordinal)));
    }
}

/// <summary>Compiled, never run: what the rules must notice, some of it where the compiler moves it into types of its own.</summary>
internal static class Violating
{
    public static object[] Now() => [DateTime.UtcNow, DateTimeOffset.Now, Environment.TickCount64];

    public static IEnumerable<long> InAnIterator()
    {
        yield return System.Diagnostics.Stopwatch.GetTimestamp();
    }

    public static async Task WaitAsync()
    {
        Thread.Sleep(TimeSpan.FromSeconds(1));
        await Task.Delay(TimeSpan.FromSeconds(1));
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
    }

    public static Func<object[]> InALambda() => () => [Random.Shared, new Random(), Guid.NewGuid()];

    public static void Start() => System.Diagnostics.Process.Start("true")?.Dispose();

    public static void Store()
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection("");
    }

#pragma warning disable MA0025 // the very thing the rule must notice
    public static void Later() => throw new NotImplementedException();
#pragma warning restore MA0025

    [DllImport("libc", EntryPoint = "getpid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static extern int getpid();
}

/// <summary>Compiled, never run: what the rules must leave alone.</summary>
internal static class Proper
{
    public static async Task<int> WorkAsync(TimeProvider time, int seed)
    {
        await Task.Delay(TimeSpan.FromSeconds(1), time, CancellationToken.None);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        return new Random(seed).Next() + time.GetUtcNow().Second + System.Security.Cryptography.RandomNumberGenerator.GetInt32(3);
    }
}

public sealed class UnitlessOptions
{
    public int Timeout { get; init; }

    public double? IdleSeconds { get; init; }

    public long CacheSize { get; init; }

    public int UploadRate { get; init; }

    public TimeSpan Interval { get; init; }

    public long MemoryBytes { get; init; }

    public int Slots { get; init; }

    public long BytesPerSecond { get; init; }
}
