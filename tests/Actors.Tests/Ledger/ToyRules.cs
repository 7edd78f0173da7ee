using System.Collections.Immutable;
using VideoMesh.Actors.Ledger;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Actors.Tests.Ledger;

/// <summary>A ledger with transfers and nothing else: enough for stories about the shell around it.</summary>
internal sealed class ToyRules(string chainId, IEnumerable<Voter> voters, IEnumerable<Address> rich) : LedgerRules
{
    public static readonly Amount Endowment = Amount.FromVid(1_000_000);

    private readonly VoterSet _voters = new(voters);

    public override string ChainId => chainId;

    public override Hash256 GenesisHash { get; } = Keccak.Hash("toy genesis"u8);

    public override uint MaxBodyBytes => 1 << 20;

    public override int MaxTransactions => 2000;

    public static byte[] Transfer(PrivateKey from, ulong nonce, Address to, ulong amount, ulong price = 1)
    {
        var digest = Digest(nonce, to, amount, price);
        return new RlpWriter().StartList().Number(nonce).Address(to).Number(amount).Number(price).Bytes(from.Sign(digest).ToArray()).EndList().ToArray();
    }

    public override LedgerState? Open(FinalBlock? head, IReadOnlyList<StoredLeaf> leaves)
    {
        if (head is null)
        {
            return new State(this, 0, GenesisHash, 0, GenesisHash, Endowed());
        }

        var header = BlockHeader.Decode(head.HeaderBytes.Span);
        var state = new State(this, header.Height, head.Certificate.Block, header.TimeMilliseconds, header.Seed, Endowed().SetItems(leaves.Select(Decode)));
        return state.Root == header.StateRoot ? state : null;
    }

    public override TransactionReading Read(ReadOnlyMemory<byte> encoded)
    {
        try
        {
            var outer = new RlpReader(encoded.Span, 512);
            var item = outer.ReadList();
            outer.End();
            var (nonce, to, amount, price, signature) = (item.ReadUInt64(), item.ReadAddress(), item.ReadUInt64(), item.ReadUInt64(), item.ReadSignature());
            item.End();
            return signature.TryRecover(Digest(nonce, to, amount, price), out var sender)
                ? new TransactionReading.Right(new PooledTransaction(Keccak.Hash(encoded.Span), sender, nonce, new Amount(price), new Amount(amount), ulong.MaxValue, encoded))
                : new TransactionReading.Wrong("WrongSignature", "Nobody signed this.");
        }
        catch (RlpException)
        {
            return new TransactionReading.Wrong("Unreadable", "This is no transaction.");
        }
    }

    public override (BlockHeader Header, byte[] Body, ExecutedBlock Executed) Build(LedgerState parent, BlockPlan plan)
    {
        var before = (State)parent;
        var accounts = before.Accounts;
        var chosen = plan.Candidates.Where(candidate => Apply(ref accounts, candidate)).ToList();
        var writer = new RlpWriter().StartList().Number(before.Height + 1).StartList();
        chosen.ForEach(transaction => writer.Bytes(transaction.Encoded.Span));
        var body = writer.EndList().EndList().ToArray();
        var reveal = Keccak.Hash(plan.Author.Address.ToArray());
        var header = new BlockHeader
        {
            ChainId = chainId,
            Height = before.Height + 1,
            Round = plan.Round,
            ParentHash = before.Block,
            TimeMilliseconds = Math.Max(plan.TimeMilliseconds, before.Time + 1),
            Author = plan.Author.Address,
            TransactionsRoot = Keccak.Hash(body),
            BodyHash = ContentHash.Of(body),
            BodyBytes = (uint)body.Length,
            StateRoot = RootOf(accounts),
            VotersHash = _voters.Hash,
            NextVotersHash = _voters.Hash,
            Reveal = reveal,
            Seed = Beacon.Next(before.Seed, reveal),
        };
        return (header, body, Executed(before, header, accounts, chosen));
    }

    public override BlockOutcome Execute(LedgerState parent, BlockHeader header, ReadOnlyMemory<byte> body, Func<Hash256, PooledTransaction?> known)
    {
        var before = (State)parent;
        var accounts = before.Accounts;
        var transactions = new List<PooledTransaction>();
        foreach (var encoded in BodyOf(body))
        {
            if ((known(Keccak.Hash(encoded)) ?? (Read(encoded) as TransactionReading.Right)?.Transaction) is not { } transaction || !Apply(ref accounts, transaction))
            {
                return new BlockOutcome.Wrong("WrongTransaction");
            }

            transactions.Add(transaction);
        }

        return RootOf(accounts) == header.StateRoot && header.Height == before.Height + 1
            ? new BlockOutcome.Right(Executed(before, header, accounts, transactions))
            : new BlockOutcome.Wrong("WrongStateRoot");
    }

    public static IReadOnlyList<byte[]> BodyOf(ReadOnlyMemory<byte> body)
    {
        var outer = new RlpReader(body.Span, body.Length);
        var content = outer.ReadList();
        content.ReadUInt64();
        var list = content.ReadList();
        var transactions = new List<byte[]>();
        while (!list.AtEnd)
        {
            transactions.Add(list.ReadBytes(512).ToArray());
        }

        return transactions;
    }

    private static Hash256 Digest(ulong nonce, Address to, ulong amount, ulong price) =>
        new RlpWriter().StartList().Number(nonce).Address(to).Number(amount).Number(price).EndList().Keccak();

    private static bool Apply(ref ImmutableSortedDictionary<Address, AccountFunds> accounts, PooledTransaction transaction)
    {
        var item = new RlpReader(transaction.Encoded.Span, 512).ReadList();
        item.ReadUInt64();
        var (to, from) = (item.ReadAddress(), accounts.GetValueOrDefault(transaction.Sender));
        if (from.Nonce != transaction.Nonce || from.Balance < transaction.MostCost)
        {
            return false;
        }

        accounts = accounts.SetItem(transaction.Sender, new AccountFunds(from.Nonce + 1, new Amount(from.Balance.Nano - transaction.MostCost.Nano)));
        var before = accounts.GetValueOrDefault(to);
        accounts = accounts.SetItem(to, before with { Balance = new Amount(before.Balance.Nano + transaction.MostCost.Nano) });
        return true;
    }

    private static Hash256 RootOf(ImmutableSortedDictionary<Address, AccountFunds> accounts)
    {
        var writer = new RlpWriter().StartList();
        foreach (var (address, funds) in accounts)
        {
            writer.Address(address).Number(funds.Nonce).Number(funds.Balance.Nano);
        }

        return writer.EndList().Keccak();
    }

    private static KeyValuePair<Address, AccountFunds> Decode(StoredLeaf leaf)
    {
        var reader = new RlpReader(leaf.Value, 64).ReadList();
        return new(new Address(leaf.Key), new AccountFunds(reader.ReadUInt64(), new Amount(reader.ReadUInt64())));
    }

    private ExecutedBlock Executed(State before, BlockHeader header, ImmutableSortedDictionary<Address, AccountFunds> accounts, IEnumerable<PooledTransaction> transactions)
    {
        var changed = accounts.Where(account => !before.Accounts.TryGetValue(account.Key, out var old) || old != account.Value).ToList();
        return new ExecutedBlock(
            new State(this, header.Height, header.Hash, header.TimeMilliseconds, header.Seed, accounts),
            [.. transactions.Select(transaction => transaction.Hash)],
            [.. changed.Select(account => new LeafChange(
                account.Key.ToArray(), new RlpWriter().StartList().Number(account.Value.Nonce).Number(account.Value.Balance.Nano).EndList().ToArray()))],
            [.. changed.Select(account => account.Key)]);
    }

    private ImmutableSortedDictionary<Address, AccountFunds> Endowed() => rich.ToImmutableSortedDictionary(address => address, _ => new AccountFunds(0, Endowment));

    private sealed record State(ToyRules Rules, ulong Number, Hash256 Hash, ulong Time, Hash256 Seed, ImmutableSortedDictionary<Address, AccountFunds> Accounts) : LedgerState
    {
        public override ulong Height => Number;

        public override Hash256 Block => Hash;

        public override Hash256 Root => RootOf(Accounts);

        public override bool HasDeadlines => false;

        public override HeightContext Next() =>
            new(Height + 1, Block, Rules._voters, new ProposerOrder(Seed, Height + 1, Rules._voters, Rules._voters, _ => false));

        public override AccountFunds FundsOf(Address account) => Accounts.GetValueOrDefault(account);
    }
}
