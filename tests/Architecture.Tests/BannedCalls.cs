namespace VideoMesh.Architecture.Tests;

/// <summary>A use that is all right after all.</summary>
/// <param name="Caller">Full name of the type, or of a namespace and everything below.</param>
internal sealed record Exemption(string Caller, string Reason)
{
    public bool Covers(string caller) => string.Equals(caller, Caller, StringComparison.Ordinal) || caller.StartsWith(Caller + ".", StringComparison.Ordinal);
}

/// <summary>Calls that our sources must not make.</summary>
internal sealed record BannedCalls(string Name, string Instead, Func<Call, bool> Matches, params Exemption[] Exemptions)
{
    public static readonly BannedCalls AmbientTime = new(
        "ambient time",
        "take a TimeProvider",
        call => call.TargetType switch
        {
            "System.DateTime" => call.Target.Name is "get_UtcNow" or "get_Now" or "get_Today",
            "System.DateTimeOffset" => call.Target.Name is "get_UtcNow" or "get_Now",
            "System.Environment" => call.Target.Name is "get_TickCount" or "get_TickCount64",
            "System.Diagnostics.Stopwatch" => call.Target.Name is "StartNew" or "GetTimestamp" or "Start" or "GetElapsedTime",
            _ => false,
        });

    public static readonly BannedCalls AmbientWaiting = new(
        "waiting by the system's clock",
        "use the overload that takes a TimeProvider",
        call => call.TargetType switch
        {
            "System.Threading.Thread" => call.Target.Name is "Sleep",
            "System.Threading.Tasks.Task" => call.Target.Name is "Delay" && !TakesTimeProvider(call),
            "System.Threading.PeriodicTimer" => call.Target.IsConstructor && !TakesTimeProvider(call),
            "System.Threading.Timer" or "System.Timers.Timer" => call.Target.IsConstructor,
            _ => false,
        });

    public static readonly BannedCalls AmbientChance = new(
        "ambient chance",
        "take a seeded source, or RandomNumberGenerator where it must not be guessed",
        call => call.TargetType switch
        {
            "System.Random" => call.Target.Name is "get_Shared" || (call.Target.IsConstructor && call.Target.GetParameters().Length == 0),
            "System.Guid" => call.Target.Name is "NewGuid" or "CreateVersion7",
            _ => false,
        });

    public static readonly BannedCalls ForeignPrograms = new(
        "starting programs outside the sandbox",
        "media programs run through Miners/Sandbox; anything else needs an exemption here, with its reason",
        call => call.TargetType is "System.Diagnostics.Process" && (call.Target.Name is "Start" || call.Target.IsConstructor),
        new Exemption("VideoMesh.Client.Node.NodeProcess", "starts the nodes of a devnet, which are this program itself"));

    public static readonly BannedCalls Sqlite = new(
        "SQLite outside Chain/Store",
        "keep it behind a store in Chain/Store",
        call => call.TargetType.StartsWith("Microsoft.Data.Sqlite.", StringComparison.Ordinal),
        new Exemption("VideoMesh.Chain.Store", "the only SQLite code"));

    public static readonly BannedCalls Unfinished = new(
        "unfinished code",
        "finish it",
        call => call.TargetType is "System.NotImplementedException" && call.Target.IsConstructor);

    public static IReadOnlyList<BannedCalls> All { get; } = [AmbientTime, AmbientWaiting, AmbientChance, ForeignPrograms, Sqlite, Unfinished];

    /// <summary>One line for each offending caller.</summary>
    public IEnumerable<string> Violations(IEnumerable<Call> calls) =>
        calls.Where(Matches)
            .Where(call => !Exemptions.Any(exemption => exemption.Covers(call.Caller)))
            .Select(call => $"{Name}: {call}; {Instead}")
            .Distinct(StringComparer.Ordinal);

    private static bool TakesTimeProvider(Call call) => call.Target.GetParameters().Any(parameter => parameter.ParameterType == typeof(TimeProvider));
}
