using System.Reflection;
using System.Text.RegularExpressions;

namespace VideoMesh.Architecture.Tests;

/// <summary>A number in an options class says its unit: times are <see cref="TimeSpan"/>, sizes end in <c>Bytes</c>.</summary>
internal static partial class OptionUnits
{
    public static IEnumerable<Type> OptionClasses(Assembly assembly) =>
        assembly.GetTypes().Where(type => type is { IsClass: true, IsNested: false } && (type.Name.EndsWith("Options", StringComparison.Ordinal) || type.Name.EndsWith("Limits", StringComparison.Ordinal)));

    public static IEnumerable<string> Violations(Type options) =>
        options.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(property => IsNumber(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType))
            .Select(property => (property.Name, Complaint: Complaint(property.Name)))
            .Where(found => found.Complaint is not null)
            .Select(found => $"{options.FullName}.{found.Name} {found.Complaint}");

    private static string? Complaint(string name) =>
        Time().IsMatch(name) ? "is a time: make it a TimeSpan"
        : Size().IsMatch(name) ? "is a size: let its name end in Bytes"
        : Rate().IsMatch(name) ? "is a rate: let its name end in PerSecond"
        : null;

    private static bool IsNumber(Type type) => Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.Decimal && !type.IsEnum;

    [GeneratedRegex("(Timeout|Interval|Delay|Duration|Period|Deadline|Age|Ttl|Lifetime|Expiry|Time|Seconds|Milliseconds|Minutes|Hours|Days|Ms)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Time();

    [GeneratedRegex("(Size|Memory|Capacity|Buffer|Space|Budget|Quota|KiB|MiB|GiB|Kb|Mb|Gb)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Size();

    [GeneratedRegex("(Rate|Bandwidth|Throughput|Speed)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rate();
}
