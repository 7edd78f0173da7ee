using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;

namespace VideoMesh.TestKit;

/// <summary>Machines that are network namespaces of this one, each with an address of its own, on one switch; this process reaches them all. Cables can be cut, and lose packets.
/// Needs root, iproute2 and iptables, which <c>./mesh test</c> installs. Disposing ends all that runs on them.</summary>
public sealed class Machines : IAsyncDisposable
{
    // RFC 2544: nobody's but tests'.
    private const int Networks = 512;
    private const int Own = 254;

    private readonly string _name;
    private readonly string _network;
    private readonly int _count;
    private readonly List<Process> _running = [];

    private Machines(int count)
    {
        var number = RandomNumberGenerator.GetInt32(Networks);
        _count = count;
        _name = string.Create(CultureInfo.InvariantCulture, $"vm{Environment.ProcessId % 100_000}");
        _network = string.Create(CultureInfo.InvariantCulture, $"198.{18 + (number / 256)}.{number % 256}");
    }

    public static async Task<Machines> StartAsync(int count)
    {
        var machines = new Machines(count);
        try
        {
            await machines.SetUpAsync();
            return machines;
        }
        catch
        {
            await machines.DisposeAsync();
            throw;
        }
    }

    /// <summary>Of a machine, from 0.</summary>
    public IPAddress AddressOf(int machine) => IPAddress.Parse(Host(machine + 1));

    /// <summary>Runs a program there until the machines are disposed of; what it says goes to a file.</summary>
    public Process Start(int machine, string log, string program, IEnumerable<string> arguments)
    {
        // a shell only to point the output at the log; "exec" makes it the program itself, which a signal reaches
        var start = new ProcessStartInfo("ip", ["netns", "exec", NamespaceOf(machine), "/bin/sh", "-c", "exec \"$@\" >>\"$0\" 2>&1", log, program, .. arguments]) { UseShellExecute = false, RedirectStandardInput = true };
        var process = Process.Start(start)!;
        _running.Add(process);
        return process;
    }

    /// <summary>Cuts the cables between these machines and the others; this process still reaches all.</summary>
    public async Task CutAsync(params int[] apart)
    {
        foreach (var machine in apart)
        {
            foreach (var other in Enumerable.Range(0, _count).Except(apart))
            {
                await OnAsync(machine, "iptables", "-A", "INPUT", "-s", $"{AddressOf(other)}", "-j", "DROP");
                await OnAsync(machine, "iptables", "-A", "OUTPUT", "-d", $"{AddressOf(other)}", "-j", "DROP");
            }
        }
    }

    /// <summary>From now on each machine loses this share of the packets that come to it.</summary>
    public async Task LoseAsync(double share)
    {
        for (var machine = 0; machine < _count; machine++)
        {
            await OnAsync(machine, "iptables", "-A", "INPUT", "-m", "statistic", "--mode", "random", "--probability", share.ToString(CultureInfo.InvariantCulture), "-j", "DROP");
        }
    }

    /// <summary>All cables are whole again.</summary>
    public async Task HealAsync()
    {
        for (var machine = 0; machine < _count; machine++)
        {
            await OnAsync(machine, "iptables", "-F");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        foreach (var machine in Enumerable.Range(0, _count).Select(NamespaceOf).Append(Switch))
        {
            await TryRunAsync("ip", "netns", "del", machine);
        }
    }

    private string Switch => $"{_name}-s";

    private string NamespaceOf(int machine) => string.Create(CultureInfo.InvariantCulture, $"{_name}-{machine}");

    private string Host(int number) => string.Create(CultureInfo.InvariantCulture, $"{_network}.{number}");

    private async Task SetUpAsync()
    {
        await RunAsync("ip", "netns", "add", Switch);
        await RunAsync("ip", "-n", Switch, "link", "add", "name", "switch", "type", "bridge");
        await RunAsync("ip", "-n", Switch, "link", "set", "switch", "up");
        for (var machine = 0; machine < _count; machine++)
        {
            var there = NamespaceOf(machine);
            await RunAsync("ip", "netns", "add", there);
            await RunAsync("ip", "-n", there, "link", "add", "name", "cable", "type", "veth", "peer", "name", $"port{machine}", "netns", Switch);
            await PlugInAsync(Switch, $"port{machine}");
            await RunAsync("ip", "-n", there, "address", "add", $"{AddressOf(machine)}/24", "dev", "cable");
            await RunAsync("ip", "-n", there, "link", "set", "cable", "up");
            await RunAsync("ip", "-n", there, "link", "set", "lo", "up");
        }

        // gone with the switch
        await RunAsync("ip", "link", "add", "name", _name, "type", "veth", "peer", "name", "uplink", "netns", Switch);
        await PlugInAsync(Switch, "uplink");
        await RunAsync("ip", "address", "add", $"{Host(Own)}/24", "dev", _name);
        await RunAsync("ip", "link", "set", _name, "up");
    }

    private static async Task PlugInAsync(string into, string port)
    {
        await RunAsync("ip", "-n", into, "link", "set", port, "master", "switch");
        await RunAsync("ip", "-n", into, "link", "set", port, "up");
    }

    private Task OnAsync(int machine, params string[] command) => RunAsync("ip", ["netns", "exec", NamespaceOf(machine), .. command]);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        if (await TryRunAsync(program, arguments) is { } error)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed; it needs root. {error}");
        }
    }

    /// <summary>Null when it went well.</summary>
    private static async Task<string?> TryRunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? null : errors;
    }
}
