namespace VideoMesh.Client.Commands;

/// <summary>Everything the process can end with. Scripts rely on the numbers.</summary>
public enum ExitCode
{
    /// <summary>What was asked for is done.</summary>
    Done = 0,

    /// <summary>The command line itself is wrong: unknown verb or option, missing value, an <c>--out</c> that is not empty, a password needed without a terminal.</summary>
    Usage = 2,

    /// <summary>The input, or a profile file, is not something we can work on.</summary>
    InputRefused = 3,

    /// <summary>No network answers, or no miner takes the work.</summary>
    NoNetworkOrMiner = 4,

    /// <summary>The work was begun and could not be finished, or stored bytes are lost, or <c>doctor</c> found something needed missing.</summary>
    JobFailed = 5,

    /// <summary>The ledger or the wallet refused.</summary>
    RefusedByLedgerOrWallet = 6,

    /// <summary>Cancelled by Ctrl-C or SIGTERM.</summary>
    Cancelled = 130,
}
