using System.Text.Json.Nodes;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;
using VideoMesh.Client.Commands;

namespace VideoMesh.Client.Node.Chain;

/// <summary>What an account wants.</summary>
/// <param name="Recipient">Of a stake transaction: the account itself.</param>
/// <param name="Parameters">As the type asks for.</param>
public sealed record Wish(TransactionType Type, Address Recipient, Amount Amount, byte[] Parameters);

/// <summary>Signs a transaction once, and sends those bytes until the ledger has or refuses them: so it happens once, however often it is sent.</summary>
public sealed class TransactionSender(ChainClient chain, TimeProvider time, Action<string> note)
{
    /// <summary>A transaction that no block takes is void after so many blocks.</summary>
    public const ulong ExpiresAfterBlocks = 100;

    // more than the longest call of a contract uses: the fee is for what is used
    private const ulong MaxWatts = 2_000_000;

    /// <summary>Five times what a transaction may cost on a chain of default parameters.</summary>
    public static readonly Amount DefaultMaxFee = new(10_000_000);

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SendAgainAfter = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string AlreadyKnown = ChainJson.Spell(nameof(MempoolRefusal.AlreadyKnown));
    private static readonly string NonceUsed = ChainJson.Spell(nameof(TxResult.NonceUsed));
    private static readonly string Busy = ChainJson.Spell(Actors.Ledger.SubmitOutcome.Busy);

    /// <summary>The most that one transaction may cost in fees. The price is what the asked node says, and a node can lie.</summary>
    public Amount MaxFee { get; init; } = DefaultMaxFee;

    /// <param name="key">The account's.</param>
    /// <param name="wish">What to sign.</param>
    /// <param name="chainId">The chain it must be, or null for the node's.</param>
    /// <param name="wait">Until it is final; else until the node took it.</param>
    /// <returns>Its hash, and the height of its block if it is final.</returns>
    /// <exception cref="CommandFailure">It is refused or expired (6), or the node does not answer (4).</exception>
    public async Task<(Hash256 Hash, ulong? Height)> SendAsync(PrivateKey key, Wish wish, string? chainId, bool wait, CancellationToken cancellationToken)
    {
        var call = await SignAsync(key, wish, chainId, cancellationToken);
        return (call.Hash, await DeliverAsync(call, key.Address, wait, cancellationToken));
    }

    /// <summary>Signs for the account's next nonce; sends nothing.</summary>
    /// <inheritdoc cref="SendAsync"/>
    public async Task<SignedCall> SignAsync(PrivateKey key, Wish wish, string? chainId, CancellationToken cancellationToken)
    {
        var status = await chain.StatusAsync(cancellationToken);
        if (chainId is not null && !string.Equals(chainId, status.ChainId, StringComparison.Ordinal))
        {
            throw new CommandFailure(ExitCode.RefusedByLedgerOrWallet, "wrong-chain", "The node keeps another chain than --chain names; nothing was signed.");
        }

        if (status.MinimumPrice.Nano > MaxFee.Nano / MaxWatts)
        {
            throw new CommandFailure(
                ExitCode.RefusedByLedgerOrWallet,
                "fee-too-high",
                $"The node asks {status.MinimumPrice.Nano} nano-VID per ω: up to {MaxWatts} ω may cost more than {MaxFee}; nothing was signed. Ask another node, or allow more with --max-fee.");
        }

        var account = await chain.AccountAsync(key.Address, proof: false, cancellationToken);
        var draft = new TransactionDraft
        {
            ChainId = status.ChainId,
            Type = wish.Type,
            Nonce = account.NextNonce,
            Recipient = wish.Recipient,
            Amount = wish.Amount,
            Parameters = wish.Parameters,
            MaxWatts = MaxWatts,
            Price = status.MinimumPrice,
            ExpiryHeight = status.Height + ExpiresAfterBlocks,
        };
        var encoded = draft.Sign(key).Encode();
        return new SignedCall(Keccak.Hash(encoded), draft.Nonce, draft.ExpiryHeight, encoded);
    }

    /// <summary>Sends what <see cref="SignAsync"/> signed.</summary>
    /// <returns>The height of its block if it is final.</returns>
    /// <inheritdoc cref="SendAsync"/>
    public async Task<ulong?> DeliverAsync(SignedCall call, Address sender, bool wait, CancellationToken cancellationToken)
    {
        var hash = call.Hash;
        note($"transaction {hash}");
        var started = time.GetTimestamp();
        long? sent = null;
        while (true)
        {
            try
            {
                if (sent is null || time.GetElapsedTime(sent.Value) >= SendAgainAfter)
                {
                    var found = await HandInAsync(call.Encoded, hash, isFirst: sent is null, cancellationToken);
                    sent = time.GetTimestamp();
                    if (!wait)
                    {
                        return found?.Height;
                    }
                }

                if (await FindAsync(call, sender, hash, cancellationToken) is { } final)
                {
                    return final.Height;
                }
            }
            catch (Exception e) when (IsPassing(e) && time.GetElapsedTime(started) < Patience)
            {
                // the same bytes again in a moment
            }
            catch (Exception e) when (e is HttpRequestException)
            {
                throw Unsure(hash, e);
            }

            if (time.GetElapsedTime(started) >= Patience)
            {
                throw Unsure(hash, null);
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    private async Task<TransactionAnswer?> HandInAsync(ReadOnlyMemory<byte> encoded, Hash256 hash, bool isFirst, CancellationToken cancellationToken)
    {
        var outcome = await chain.SubmitAsync(encoded, cancellationToken);
        if (outcome.Reason is not { } reason || string.Equals(reason, AlreadyKnown, StringComparison.Ordinal))
        {
            return null;
        }

        // an answer that got lost on the way: the block may hold it by now
        if (await chain.FindTransactionAsync(hash, cancellationToken) is { } final)
        {
            return final;
        }

        // later, whether the nonce or the height went by is for FindAsync to tell
        return string.Equals(reason, Busy, StringComparison.Ordinal) ? throw new CommandFailure(ExitCode.NoNetworkOrMiner, Busy, outcome.Message ?? "The node is busy.")
            : isFirst ? throw Refused(hash, reason, outcome.Message ?? "The ledger refused the transaction.")
            : null;
    }

    private async Task<TransactionAnswer?> FindAsync(SignedCall call, Address sender, Hash256 hash, CancellationToken cancellationToken)
    {
        if (await chain.FindTransactionAsync(hash, cancellationToken) is { } final)
        {
            return final;
        }

        var height = (await chain.StatusAsync(cancellationToken)).Height;
        var isUsed = (await chain.AccountAsync(sender, proof: false, cancellationToken)).Nonce > call.Nonce;
        if (height < call.ExpiryHeight && !isUsed)
        {
            return null;
        }

        // it may have come into a block between the questions
        return await chain.FindTransactionAsync(hash, cancellationToken)
            ?? throw (isUsed
                ? Refused(hash, NonceUsed, "Another transaction of this account took this one's nonce; it will not happen.")
                : Refused(hash, ChainJson.Spell(nameof(TxResult.Expired)), $"No block up to height {call.ExpiryHeight} took the transaction, and none will: it expired. Send it anew."));
    }

    private static bool IsPassing(Exception exception) => exception is HttpRequestException || (exception is CommandFailure { ExitCode: ExitCode.NoNetworkOrMiner } failure
        && !string.Equals(failure.Reason, ChainApiRefusal.NoLedger.Answer().Reason, StringComparison.Ordinal));

    private static CommandFailure Refused(Hash256 hash, string reason, string sentence) =>
        new(ExitCode.RefusedByLedgerOrWallet, reason, sentence) { Result = Named(hash) };

    private static CommandFailure Unsure(Hash256 hash, Exception? cause) => new(
        ExitCode.NoNetworkOrMiner,
        "not-final-yet",
        $"The transaction is signed and was sent, but is not known to be final after {Patience.TotalMinutes:0} minutes; `videomesh chain tx {hash}` tells what became of it.",
        cause)
    {
        Result = Named(hash),
    };

    private static JsonObject Named(Hash256 hash) => new() { ["hash"] = hash.ToString(), ["height"] = null };
}
