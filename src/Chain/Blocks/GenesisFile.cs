using System.Text.Json;
using System.Text.Json.Serialization;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Blocks;

/// <summary>A genesis file is not one.</summary>
public sealed class GenesisException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A genesis as JSON, see docs/ledger.md. What is left out of <c>parameters</c> has its default; an unknown key is refused by name.</summary>
public static class GenesisFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectRequiredConstructorParameters = true,
    };

    /// <exception cref="GenesisException">The text is not a genesis; the message says why.</exception>
    public static Genesis Read(string json) => Reading(() =>
    {
        var file = Parse(json);
        var accounts = file.Accounts.Select(Read).OrderBy(account => account.Address).ToList();
        for (var i = 1; i < accounts.Count; i++)
        {
            if (accounts[i].Address == accounts[i - 1].Address)
            {
                throw new GenesisException($"The genesis file names the account {accounts[i].Address} twice.");
            }
        }

        var genesis = new Genesis(Read(file), file.TimeMilliseconds, Hash256.Parse(file.Seed), [.. accounts]);
        _ = genesis.Begin();
        return genesis;
    });

    /// <summary>The parameters of a genesis whose accounts are still to be written.</summary>
    /// <exception cref="GenesisException">The text cannot become a genesis; the message says why.</exception>
    public static ChainParameters ReadParameters(string json) => Reading(() => Read(Parse(json)));

    /// <summary>One of the accounts, as a genesis has it.</summary>
    public static string Write(GenesisAccount account) => JsonSerializer.Serialize(EntryOf(account), Options);

    public static string Write(Genesis genesis)
    {
        var p = genesis.Parameters;
        return JsonSerializer.Serialize(
            new Document(
                p.ChainId,
                genesis.TimeMilliseconds,
                genesis.Seed.ToString(),
                new Values
                {
                    ConfirmationWindowBlocks = p.ConfirmationWindow,
                    BarrierNano = p.Barrier.Nano,
                    BlockRewardNano = p.BlockReward.Nano,
                    PrecommitSharePercent = p.PrecommitSharePercent,
                    UnbondingSeconds = (ulong)p.Unbonding.TotalSeconds,
                    MissedPrecommitsUntilJail = p.MissedPrecommitsUntilJail,
                    InvalidProposalBurnPercent = p.InvalidProposalBurnPercent,
                    ReporterSharePercent = p.ReporterSharePercent,
                    MinimumPriceNano = p.MinimumPrice.Nano,
                    MaxBodyBytes = p.MaxBodyBytes,
                    MaxTransactions = p.MaxTransactions,
                    MaxTransactionBytes = p.MaxTransactionBytes,
                    Contracts = p.Contracts,
                },
                [.. genesis.Accounts.Select(EntryOf)]),
            Options);
    }

    private static T Reading<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException or InvalidOperationException or ArgumentException)
        {
            throw new GenesisException($"The genesis file cannot be used: {e.Message}", e);
        }
    }

    private static Document Parse(string json) => JsonSerializer.Deserialize<Document>(json, Options) ?? throw new GenesisException("The genesis file is empty.");

    private static Entry EntryOf(GenesisAccount account) =>
        new(account.Address.ToString(), account.Balance.Nano, account.Stake.Nano, account.Reveals?.Head.ToString(), account.Reveals?.Length);

    private static GenesisAccount Read(Entry entry) => entry is { StakeNano: 0, RevealHead: not null }
        ? throw new FormatException($"The account {entry.Address} has no stake, so it is no verifier and has no revealHead.")
        : new(
        Address.Parse(entry.Address),
        new Amount(entry.BalanceNano),
        new Amount(entry.StakeNano),
        (entry.RevealHead, entry.RevealLength) switch
        {
            (null, null) => ((Hash256, uint)?)null,
            ({ } head, { } length) when length > 0 => (Hash256.Parse(head), length),
            _ => throw new FormatException($"The account {entry.Address} needs both revealHead and revealLength to be a verifier."),
        });

    private static ChainParameters Read(Document file)
    {
        var defaults = new ChainParameters { ChainId = file.ChainId };
        var given = file.Parameters ?? new Values();
        var parameters = defaults with
        {
            ConfirmationWindow = given.ConfirmationWindowBlocks ?? defaults.ConfirmationWindow,
            Barrier = new Amount(given.BarrierNano ?? defaults.Barrier.Nano),
            BlockReward = new Amount(given.BlockRewardNano ?? defaults.BlockReward.Nano),
            PrecommitSharePercent = given.PrecommitSharePercent ?? defaults.PrecommitSharePercent,
            Unbonding = given.UnbondingSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : defaults.Unbonding,
            MissedPrecommitsUntilJail = given.MissedPrecommitsUntilJail ?? defaults.MissedPrecommitsUntilJail,
            InvalidProposalBurnPercent = given.InvalidProposalBurnPercent ?? defaults.InvalidProposalBurnPercent,
            ReporterSharePercent = given.ReporterSharePercent ?? defaults.ReporterSharePercent,
            MinimumPrice = new Amount(given.MinimumPriceNano ?? defaults.MinimumPrice.Nano),
            MaxBodyBytes = given.MaxBodyBytes ?? defaults.MaxBodyBytes,
            MaxTransactions = given.MaxTransactions ?? defaults.MaxTransactions,
            MaxTransactionBytes = given.MaxTransactionBytes ?? defaults.MaxTransactionBytes,
            Contracts = given.Contracts ?? defaults.Contracts,
        };
        return parameters.Validate() is [var first, ..] ? throw new FormatException(first) : parameters;
    }

    private sealed record Document(string ChainId, ulong TimeMilliseconds, string Seed, Values? Parameters, IReadOnlyList<Entry> Accounts);

    private sealed record Entry(string Address, ulong BalanceNano, ulong StakeNano, string? RevealHead = null, uint? RevealLength = null);

    private sealed record Values
    {
        public ulong? ConfirmationWindowBlocks { get; init; }

        public ulong? BarrierNano { get; init; }

        public ulong? BlockRewardNano { get; init; }

        public ulong? PrecommitSharePercent { get; init; }

        public ulong? UnbondingSeconds { get; init; }

        public ulong? MissedPrecommitsUntilJail { get; init; }

        public ulong? InvalidProposalBurnPercent { get; init; }

        public ulong? ReporterSharePercent { get; init; }

        public ulong? MinimumPriceNano { get; init; }

        public uint? MaxBodyBytes { get; init; }

        public int? MaxTransactions { get; init; }

        public int? MaxTransactionBytes { get; init; }

        public ContractParameters? Contracts { get; init; }
    }
}
