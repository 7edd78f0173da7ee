using VideoMesh.Miners.Sandbox;
using VideoMesh.Miners.Sandbox.ControlGroups;

namespace VideoMesh.Miners.Tests.Sandbox;

/// <summary>Version 2 is told from version 1, and its files are written in its own language; the kernel's part is played by plain folders.</summary>
public sealed class ControlGroupTests : IDisposable
{
    private const string OwnInSession = "0::/user.slice/user-1000.slice/app.slice/run-1.scope\n";
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void On_version_2_groups_become_siblings_of_our_own_where_controllers_are_passed_on()
    {
        Passed("user.slice/user-1000.slice/app.slice", "memory pids cpu");
        Passed("", "memory pids cpu cpuset");
        var home = ControlGroupHome.Find(new ControlGroupMounts(Mounted("cgroup2", "rw"), OwnInSession))!;
        Assert.True(home.IsUnified);
        Assert.Equal(["cpu", "memory", "pids"], home.Controllers.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.All(home.Controllers.Values, place => Assert.Equal(folder.At("user.slice/user-1000.slice/app.slice"), place));
    }

    [Fact]
    public void On_version_2_groups_go_to_the_top_where_our_parent_passes_nothing_on()
    {
        Passed("user.slice/user-1000.slice/app.slice", "");
        Passed("", "memory pids");
        var home = ControlGroupHome.Find(new ControlGroupMounts(Mounted("cgroup2", "rw"), OwnInSession))!;
        Assert.Equal(["memory", "pids"], home.Controllers.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.All(home.Controllers.Values, place => Assert.Equal(folder.FullPath, place));
    }

    [Fact]
    public void Nothing_is_used_where_nothing_is_passed_on()
    {
        Passed("user.slice/user-1000.slice/app.slice", "");
        Passed("", "hugetlb");
        Assert.Null(ControlGroupHome.Find(new ControlGroupMounts(Mounted("cgroup2", "rw"), OwnInSession)));
        Assert.Null(ControlGroupHome.Find(new ControlGroupMounts("", "")));
    }

    [Fact]
    public void Version_2_gets_its_limits_and_tells_what_was_used()
    {
        Passed("", "memory pids cpu");
        var home = ControlGroupHome.Find(new ControlGroupMounts(Mounted("cgroup2", "rw"), "0::/\n"))!;
        using var group = ControlGroup.Create(home, "videomesh-test-1", new SandboxLimits { MemoryBytes = 1 << 30, Pids = 7, Cpus = 1.5 });
        Assert.Equal("1073741824", Read("memory.max"));
        Assert.Equal("7", Read("pids.max"));
        Assert.Equal("150000 100000", Read("cpu.max"));

        Write("cpu.stat", "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n");
        Write("memory.events", "low 0\nhigh 0\nmax 3\noom 1\noom_kill 0\n");
        Assert.Equal(TimeSpan.FromSeconds(2.5), group.View.Cpu());
        Assert.Equal(0, group.View.KilledForMemory());
        Write("memory.events", "low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\n");
        Assert.Equal(1, group.View.KilledForMemory());

        string Read(string name) => File.ReadAllText(folder.At("videomesh-test-1/" + name));
        void Write(string name, string text) => File.WriteAllText(folder.At("videomesh-test-1/" + name), text);
    }

    [Fact]
    public void On_version_1_each_controller_has_a_folder_of_its_own_below_our_group()
    {
        Directory.CreateDirectory(folder.At("memory/mine"));
        Directory.CreateDirectory(folder.At("pids"));
        var mounts = $"30 24 0:26 / {folder.At("memory")} rw - cgroup cgroup rw,memory\n31 24 0:27 / {folder.At("pids")} rw - cgroup cgroup rw,pids\n";
        var home = ControlGroupHome.Find(new ControlGroupMounts(mounts, "4:memory:/mine\n8:pids:/out/of/sight\n0::/\n"))!;
        Assert.False(home.IsUnified);
        Assert.Equal(folder.At("memory/mine"), home.Controllers["memory"]);
        Assert.False(home.Controllers.ContainsKey("cpu"));
    }

    private string Mounted(string type, string options) => $"29 23 0:25 / {folder.FullPath} rw,nosuid shared:4 - {type} {type} {options}\n";

    private void Passed(string place, string controllers)
    {
        Directory.CreateDirectory(folder.At(place));
        File.WriteAllText(folder.At(Path.Combine(place, "cgroup.subtree_control")), controllers + "\n");
    }
}
