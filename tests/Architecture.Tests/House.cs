using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace VideoMesh.Architecture.Tests;

/// <summary>The four projects, in the one direction in which they may know each other.</summary>
internal static partial class House
{
    /// <summary>Folder under <c>src</c> and assembly name, from the bottom up.</summary>
    public static readonly (string Folder, string Assembly)[] Projects =
        [("Chain", "VideoMesh.Chain"), ("Miners", "VideoMesh.Miners"), ("Actors", "VideoMesh.Actors"), ("Client", "videomesh")];

    public static IEnumerable<Assembly> Assemblies => Projects.Select(project => Assembly.Load(project.Assembly));

    /// <summary>What the lowest project must do without: it is a pure library.</summary>
    private static readonly string[] BarredFromChain = ["Microsoft.AspNetCore", "System.Net.Http", "System.Net.Sockets", "System.Diagnostics.Process", "Microsoft.Extensions"];

    /// <summary>What is wrong with the references of one of our assemblies.</summary>
    public static IEnumerable<string> WrongReferences(string assembly, IEnumerable<string> references)
    {
        var level = Level(assembly);
        foreach (var reference in references)
        {
            if (Level(reference) is >= 0 and var other && other >= level)
            {
                yield return $"{assembly} must not know {reference}";
            }

            if (level == 0 && BarredFromChain.Any(barred => reference.StartsWith(barred, StringComparison.Ordinal)))
            {
                yield return $"{assembly} is a pure library and must not use {reference}";
            }
        }
    }

    /// <summary>What is wrong with the project references of one of our project files.</summary>
    public static IEnumerable<string> WrongProjectReferences(string folder, string projectFile)
    {
        var level = Array.FindIndex(Projects, project => string.Equals(project.Folder, folder, StringComparison.Ordinal));
        return XDocument.Parse(projectFile).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))
            .Where(name => Array.FindIndex(Projects, project => string.Equals(project.Folder, name, StringComparison.Ordinal)) is var other && (other < 0 || other >= level))
            .Select(name => $"{folder} must not reference {name}");
    }

    /// <summary>What is wrong with one package line of a props or project file.</summary>
    public static IEnumerable<string> LoosePackages(string file, string xml) =>
        XDocument.Parse(xml).Descendants().Where(element => element.Name.LocalName is "PackageVersion" or "PackageReference").SelectMany(element =>
        {
            var name = element.Attribute("Include")?.Value;
            var version = element.Attribute("Version")?.Value;
            return element.Name.LocalName is "PackageReference"
                ? version is null ? Enumerable.Empty<string>() : [$"{file}: the version of {name} belongs in Directory.Packages.props"]
                : ExactVersion().IsMatch(version ?? "") ? [] : [$"{file}: {name} is not pinned exactly but '{version}'"];
        });

    private static int Level(string assembly) => Array.FindIndex(Projects, project => string.Equals(project.Assembly, assembly, StringComparison.Ordinal));

    [GeneratedRegex(@"^\[\d[^,\[\]]*\]$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ExactVersion();
}
