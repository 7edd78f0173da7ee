using System.Globalization;
using VideoMesh.Benchmarks;

// ./mesh bench NAME: runs us and the peer in turn in one run; prints medians and ratios for people on stderr, one JSON object on stdout.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
return args switch
{
    ["transcode", .. var rest] => await TranscodeBench.RunAsync(rest),
    ["schedule", .. var rest] => ScheduleBench.Run(rest),
    ["ledger", .. var rest] => await LedgerBench.RunAsync(rest),
    ["ledger-core", .. var rest] => LedgerCoreBench.Run(rest),
    ["erasure", .. var rest] => ErasureBench.Run(rest),
    ["storage", .. var rest] => await StorageBench.RunAsync(rest),
    ["proof", .. var rest] => await ProofBench.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: ./mesh bench transcode [--runs N] [--seconds S] [--codecs h264,h265,vp9,av1]");
    Console.Error.WriteLine("       ./mesh bench schedule [--runs N]");
    Console.Error.WriteLine("       ./mesh bench ledger [--runs N] [--transfers N] [--connections N] [--only 4,anvil,1] [--accounts N]");
    Console.Error.WriteLine("       ./mesh bench ledger-core [--runs N]");
    Console.Error.WriteLine("       ./mesh bench erasure [--runs N]");
    Console.Error.WriteLine("       ./mesh bench storage [--runs N] [--mib N] [--miners N] [--k N] [--m N]");
    Console.Error.WriteLine("       ./mesh bench proof [--only honest,attacks,cost] [--seconds S] [--leaves N] [--height H]");
    return 2;
}
