namespace VideoMesh.Architecture.Tests;

public sealed class ProjectRulesTests
{
    [Fact]
    public void Projects_know_only_those_below_them()
    {
        Assert.Empty(House.Assemblies.SelectMany(assembly =>
            House.WrongReferences(assembly.GetName().Name!, assembly.GetReferencedAssemblies().Select(reference => reference.Name!))));

        // the compiler leaves out references that nothing uses yet, so the files are read too
        Assert.Empty(House.Projects.SelectMany(project => House.WrongProjectReferences(project.Folder, Repository.Read($"src/{project.Folder}/{project.Folder}.csproj"))));
    }

    [Fact]
    public void A_reference_upwards_is_noticed()
    {
        Assert.Equal(["VideoMesh.Miners must not know VideoMesh.Actors"], House.WrongReferences("VideoMesh.Miners", ["System.Runtime", "VideoMesh.Chain", "VideoMesh.Actors"]));
        Assert.Equal(
            ["VideoMesh.Chain must not know videomesh", "VideoMesh.Chain is a pure library and must not use System.Net.Http"],
            House.WrongReferences("VideoMesh.Chain", ["System.Runtime", "videomesh", "System.Net.Http"]));
        Assert.Equal(
            ["Chain must not reference Miners", "Chain must not reference TestKit"],
            House.WrongProjectReferences(
                "Chain",
                """<Project><ItemGroup><ProjectReference Include="../Miners/Miners.csproj" /><ProjectReference Include="../../tests/TestKit/TestKit.csproj" /></ItemGroup></Project>"""));
    }

    [Fact]
    public void Packages_are_pinned_exactly_and_in_one_place()
    {
        string[] files = ["Directory.Packages.props", "Directory.Build.props", .. Repository.Files("src", "*.csproj"), .. Repository.Files("tests", "*.csproj"), .. Repository.Files("tests", "*.props")];
        Assert.Empty(files.SelectMany(file => House.LoosePackages(file, Repository.Read(file))));
    }

    [Fact]
    public void A_loose_package_version_is_noticed()
    {
        Assert.Equal(
            [
                "x: A is not pinned exactly but '1.0'", "x: B is not pinned exactly but '[1.0,2.0)'", "x: C is not pinned exactly but ''",
                "x: the version of D belongs in Directory.Packages.props",
            ],
            House.LoosePackages(
                "x",
                """
                <Project><ItemGroup>
                  <PackageVersion Include="A" Version="1.0" /><PackageVersion Include="B" Version="[1.0,2.0)" /><PackageVersion Include="C" />
                  <PackageReference Include="D" Version="[1.0]" /><PackageReference Include="E" /><PackageVersion Include="E" Version="[1.0.0-rc.1]" />
                </ItemGroup></Project>
                """));
    }

    [Fact]
    public void Every_project_is_in_the_solution_and_has_its_lock_file()
    {
        var solution = Repository.Read("VideoMesh.sln").Replace('\\', '/');
        var projects = Repository.Files("src", "*.csproj").Concat(Repository.Files("tests", "*.csproj")).ToList();

        Assert.True(projects.Count >= 12);
        Assert.DoesNotContain(projects, project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal));
        Assert.DoesNotContain(projects, project => !File.Exists(Path.Combine(Repository.Top, Path.GetDirectoryName(project)!, "packages.lock.json")));
    }
}
