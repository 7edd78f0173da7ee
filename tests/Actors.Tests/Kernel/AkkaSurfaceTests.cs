using System.Reflection;

namespace VideoMesh.Actors.Tests.Kernel;

/// <summary>
/// Nobody adds to the Kernel what Akka.NET lacks: the code would stop compiling with <c>-p:ActorEngine=Akka</c>. The list beside this
/// file was written by <see cref="Surface.Describe"/> from Akka.NET 1.5.30, for the types that the Kernel has too.
/// </summary>
public sealed class AkkaSurfaceTests
{
    private static readonly string s_root = Root();
    private static readonly HashSet<string> s_akka = [.. File.ReadLines(Path.Combine(s_root, "tests", "Actors.Tests", "Kernel", "akka-1.5-surface.txt"))];
    private static readonly string s_usings = File.ReadAllText(Path.Combine(s_root, "src", "Actors", "GlobalUsings.cs"));
    private static readonly Type[] s_kernel =
        [.. typeof(ActorSystem).Assembly.GetExportedTypes().Where(t => t.Namespace!.StartsWith("VideoMesh.Actors.Kernel", StringComparison.Ordinal))];

    /// <summary>Interfaces that our actors and messages implement: here less is as bad as more.</summary>
    private static readonly Type[] s_implemented =
        [typeof(IWithTimers), typeof(IWithStash), typeof(IActorStash), typeof(IWrappedMessage), typeof(INotInfluenceReceiveTimeout), typeof(IDecider)];

    [Fact]
    public void Has_nothing_that_Akka_lacks()
    {
        var lines = s_kernel.SelectMany(Surface.Describe).ToArray();

        Assert.Contains("member\tICanTell\tTell(Object message, IActorRef sender) : Void", lines);
        Assert.DoesNotContain(lines, line => !s_akka.Contains(line));
    }

    [Fact]
    public void Has_all_members_of_what_actors_and_messages_implement()
    {
        foreach (var type in s_implemented)
        {
            var prefix = $"member\t{Surface.Name(type)}\t";
            Assert.Equal(
                s_akka.Where(line => line.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal),
                Surface.Describe(type).Where(line => line.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Imports_every_name_from_where_Akka_keeps_it()
    {
        foreach (var type in s_kernel.Where(t => t is { Namespace: "VideoMesh.Actors.Kernel", IsNested: false } && !s_akka.Contains($"type\tAkka.Actor\t{Surface.Name(t)}")))
        {
            Assert.Contains($"global using {type.Name} = Akka.", s_usings, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Shares_no_other_type_name_with_Akka()
    {
        Assembly[] ours = [typeof(Chain.Primitives.Address).Assembly, Assembly.Load("VideoMesh.Miners"), typeof(ActorSystem).Assembly];
        var shared = ours.SelectMany(a => a.GetTypes())
            .Where(t => !t.IsNested && t.Namespace?.StartsWith("VideoMesh.", StringComparison.Ordinal) == true)
            .Where(t => !t.Namespace!.StartsWith("VideoMesh.Actors.Kernel", StringComparison.Ordinal) && s_akka.Contains($"name\t{t.Name}"));

        Assert.DoesNotContain(shared, t => !s_usings.Contains($"global using {t.Name} = {t.FullName};", StringComparison.Ordinal));
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "VideoMesh.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("The tests run from inside the repository.");
    }
}
