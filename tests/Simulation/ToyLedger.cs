using System.Collections.Immutable;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;

namespace VideoMesh.Simulation;

/// <summary>Balances, transfers and a reward for the author: just enough to be wrong about.</summary>
internal sealed class ToyLedger(string chainId, IReadOnlyList<Voter> voters) : SimLedger
{
    private const ulong Reward = 10;
    private const ulong Endowment = 1000;

    private readonly VoterSet _voters = new(voters);

    public override LedgerState Genesis => new State(this, 0, Keccak.Hash("genesis"u8), 0, Keccak.Hash("seed"u8), [.. voters.Select(_ => Endowment)]);

    public override (BlockHeader Header, byte[] Body) Build(LedgerState parent, Address author, uint round, ulong time, CommitCertificate? certificate, Random random)
    {
        var before = (State)parent;
        var writer = new RlpWriter().StartList();
        var balances = before.Balances;
        for (var i = random.Next(4); i > 0; i--)
        {
            var (from, to, amount) = (random.Next(balances.Length), random.Next(balances.Length), (ulong)random.Next(100));
            if (Transfer(balances, from, to, amount) is { } moved)
            {
                balances = moved;
                writer.StartList().Number((ulong)from).Number((ulong)to).Number(amount).EndList();
            }
        }

        var body = writer.EndList().ToArray();
        var reveal = Keccak.Hash(author.ToArray());
        var header = new BlockHeader
        {
            ChainId = chainId,
            Height = parent.Height + 1,
            Round = round,
            ParentHash = parent.BlockHash,
            TimeMilliseconds = Math.Max(time, parent.TimeMilliseconds + 1),
            Author = author,
            TransactionsRoot = Keccak.Hash(body),
            BodyHash = ContentHash.Of(body),
            BodyBytes = (uint)body.Length,
            StateRoot = State.RootOf(Pay(balances, author)),
            VotersHash = _voters.Hash,
            NextVotersHash = _voters.Hash,
            Reveal = reveal,
            Seed = Beacon.Next(before.Seed, reveal),
        };
        return (header, body);
    }

    public override LedgerState Open(IReadOnlyList<StoredBlock> blocks, IEnumerable<StateChange> leaves) => blocks.Aggregate(
        Genesis,
        (state, block) => Execute(state, BlockHeader.Decode(block.Final.HeaderBytes.Span), block.Body).After
            ?? throw new InvalidOperationException("A stored block is no block any more."));

    public override (LedgerState? After, string? Refusal) Execute(LedgerState parent, BlockHeader header, byte[] body)
    {
        var before = (State)parent;
        if (ContentHash.Of(body) != header.BodyHash)
        {
            return (null, "WrongBody");
        }

        if (header.TimeMilliseconds <= parent.TimeMilliseconds)
        {
            return (null, "TimeNotAfterParent");
        }

        var balances = before.Balances;
        try
        {
            var list = new RlpReader(body, 4096).ReadList();
            while (!list.AtEnd)
            {
                var item = list.ReadList();
                if (Transfer(balances, (int)item.ReadUInt32(), (int)item.ReadUInt32(), item.ReadUInt64()) is not { } moved)
                {
                    return (null, "Overspent");
                }

                balances = moved;
            }
        }
        catch (RlpException)
        {
            return (null, "UnreadableBody");
        }

        balances = Pay(balances, header.Author);
        return header.Seed == Beacon.Next(before.Seed, header.Reveal) && State.RootOf(balances) == header.StateRoot
            ? (new State(this, header.Height, header.Hash, header.TimeMilliseconds, header.Seed, balances), null)
            : (null, "WrongStateRoot");
    }

    private static ImmutableArray<ulong>? Transfer(ImmutableArray<ulong> balances, int from, int to, ulong amount)
    {
        if (from < 0 || from >= balances.Length || to < 0 || to >= balances.Length || balances[from] < amount)
        {
            return null;
        }

        var taken = balances.SetItem(from, balances[from] - amount);
        return taken.SetItem(to, taken[to] + amount);
    }

    private ImmutableArray<ulong> Pay(ImmutableArray<ulong> balances, Address author)
    {
        var index = voters.Select(voter => voter.Address).ToList().IndexOf(author);
        return index < 0 ? balances : balances.SetItem(index, balances[index] + Reward);
    }

    private sealed record State(ToyLedger Ledger, ulong Height, Hash256 BlockHash, ulong TimeMilliseconds, Hash256 Seed, ImmutableArray<ulong> Balances)
        : LedgerState(Height, BlockHash, TimeMilliseconds)
    {
        public override Hash256 Root => RootOf(Balances);

        public override (UInt128 Expected, UInt128 Held) Supply =>
            (((ulong)Balances.Length * Endowment) + (Height * Reward), Balances.Aggregate(UInt128.Zero, (sum, balance) => sum + balance));

        public override HeightContext Next() =>
            new(Height + 1, BlockHash, Ledger._voters, new ProposerOrder(Seed, Height + 1, Ledger._voters, Ledger._voters, _ => false));

        public static Hash256 RootOf(ImmutableArray<ulong> balances)
        {
            var writer = new RlpWriter().StartList();
            foreach (var balance in balances)
            {
                writer.Number(balance);
            }

            return writer.EndList().Keccak();
        }
    }
}
