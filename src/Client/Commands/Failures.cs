using System.Net.Sockets;
using System.Text.Json;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Chain.Wallets;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Sandbox;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Client.Commands;

/// <summary>What an exception that no verb turned into a <see cref="CommandFailure"/> means to the person at the keyboard.</summary>
internal static class Failures
{
    public static CommandFailure Classify(Exception exception, CancellationToken cancellation) => exception switch
    {
        CommandFailure failure => failure,
        OperationCanceledException when cancellation.IsCancellationRequested =>
            new CommandFailure(ExitCode.Cancelled, "cancelled", "cancelled; nothing half-written was left behind.", exception),
        AggregateException { InnerExceptions: [var only] } => Classify(only, cancellation),
        InputRefusedException refused => new CommandFailure(
            ExitCode.InputRefused, JsonNamingPolicy.KebabCaseLower.ConvertName(refused.Reason.ToString()), exception.Message, exception),
        ProfileException => new CommandFailure(ExitCode.InputRefused, "profile-refused", exception.Message, exception),
        WalletException refused => new CommandFailure(
            refused.Reason == WalletRefusal.BadName ? ExitCode.Usage : ExitCode.RefusedByLedgerOrWallet,
            JsonNamingPolicy.KebabCaseLower.ConvertName(refused.Reason.ToString()),
            exception.Message,
            exception),
        StorageException refused => new CommandFailure(ExitCodeOf(refused.Reason), JsonNamingPolicy.KebabCaseLower.ConvertName(refused.Reason.ToString()), exception.Message, exception),
        KeyFileException => new CommandFailure(ExitCode.RefusedByLedgerOrWallet, "key-file-unusable", exception.Message, exception),
        Secp256k1UnavailableException or LibcryptoUnavailableException => new CommandFailure(ExitCode.JobFailed, "library-missing", exception.Message, exception),
        StoreException => new CommandFailure(ExitCode.JobFailed, "store-failed", exception.Message, exception),
        SandboxException => new CommandFailure(ExitCode.JobFailed, "sandbox-failed", exception.Message, exception),
        HttpRequestException or SocketException => new CommandFailure(
            ExitCode.NoNetworkOrMiner, "network-unreachable", $"the network did not answer ({OneLine(exception)}); check its URL and that its nodes are running.", exception),
        UnauthorizedAccessException => new CommandFailure(
            ExitCode.JobFailed, "access-denied", $"{OneLine(exception)} Run this as a user who may, or choose another folder.", exception),
        IOException => new CommandFailure(
            ExitCode.JobFailed, "input-output", $"reading or writing failed: {OneLine(exception)} Free some space or choose another folder, and try again.", exception),
        _ => new CommandFailure(
            ExitCode.JobFailed, "internal", $"this is a fault of ours ({exception.GetType().Name}: {OneLine(exception)}); run it again with VIDEOMESH_DEBUG=1 and report what it prints.", exception),
    };

    private static ExitCode ExitCodeOf(StorageRefusal reason) => reason switch
    {
        StorageRefusal.SourceUnfit or StorageRefusal.SourceChanged or StorageRefusal.ObjectTooLarge => ExitCode.InputRefused,
        StorageRefusal.TooFewMiners or StorageRefusal.NoAnswer or StorageRefusal.NoRoom or StorageRefusal.DiskNearlyFull => ExitCode.NoNetworkOrMiner,
        StorageRefusal.NotOwner or StorageRefusal.StaleOrder => ExitCode.RefusedByLedgerOrWallet,
        _ => ExitCode.JobFailed,
    };

    private static string OneLine(Exception exception) => exception.Message.ReplaceLineEndings(" ").Trim();
}
