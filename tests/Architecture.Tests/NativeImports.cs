using System.Reflection;
using System.Runtime.InteropServices;

namespace VideoMesh.Architecture.Tests;

/// <summary>Native functions can do what no call rule sees, so only few places may import them.</summary>
internal static class NativeImports
{
    public static readonly Exemption[] Places =
    [
        new("VideoMesh.Chain.Primitives", "libsecp256k1 and libcrypto behind one small face"),
        new("VideoMesh.Miners.Sandbox", "starting and killing foreign programs"),
        new("VideoMesh.Client.Node.Signals", "ending the nodes of a devnet"),
        new("VideoMesh.Miners.Content", "fsync of folders, which .NET does not offer"),
    ];

    public static IEnumerable<string> Violations(IEnumerable<Type> types) =>
        types.SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttribute<DllImportAttribute>() is not null)
            .Where(method => !Places.Any(place => place.Covers(method.DeclaringType!.FullName!)))
            .Select(method => $"{method.DeclaringType!.FullName} imports {method.GetCustomAttribute<DllImportAttribute>()!.Value}:{method.Name}");
}
