using Microsoft.Data.Sqlite;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;

namespace VideoMesh.Chain.Store;

/// <summary>A node's copy of the chain: final blocks, the state after the last of them, and the bodies of blocks that may still become final. One transaction a
/// block, so that a node killed at any instant has either all of a block or nothing. Safe for use by several threads: readers do not wait for the writer. Every
/// failure is a <see cref="StoreException"/>.</summary>
public sealed class LedgerStore : IDisposable
{
    // Below the height in a transaction's place: its index in the block.
    private const int IndexBits = 16;

    // "VMlg"
    private static readonly Database.Schema LedgerSchema = new(
        "a VideoMesh ledger",
        ApplicationId: 0x564D6C67,
        Version: 1,
        """
        CREATE TABLE chain (id TEXT NOT NULL, genesis BLOB NOT NULL) STRICT;
        CREATE TABLE blocks (
            height INTEGER PRIMARY KEY,
            hash BLOB NOT NULL UNIQUE,
            final BLOB NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE TABLE bodies (
            height INTEGER NOT NULL,
            hash BLOB NOT NULL,
            content BLOB NOT NULL,
            UNIQUE (height, hash)
        ) STRICT;
        CREATE INDEX bodies_by_hash ON bodies (hash);
        CREATE TABLE leaves (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE transactions (prefix INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (prefix, place)) STRICT, WITHOUT ROWID;
        """);

    private readonly Database _writer;
    private readonly Database _reader;

    private LedgerStore(Database writer, Database reader) => (_writer, _reader) = (writer, reader);

    /// <summary>The absolute path of the file.</summary>
    public string Path => _writer.Path;

    /// <summary>Opens the ledger at <paramref name="path"/>, creating it and its folder when missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="chainId">Of the chain it belongs to, or shall.</param>
    /// <param name="genesis">Hash of that chain's genesis.</param>
    /// <exception cref="StoreException">The file belongs to another chain (<see cref="StoreFailure.Foreign"/>), or fails.</exception>
    public static LedgerStore Open(string path, string chainId, Hash256 genesis)
    {
        var writer = Database.Open(path, LedgerSchema);
        Database? reader = null;
        try
        {
            reader = Database.Open(path, LedgerSchema);
            writer.Write(connection =>
            {
                var owner = connection.Rows(row => (Id: row.GetString(0), Genesis: row.GetFieldValue<byte[]>(1)), "SELECT id, genesis FROM chain");
                if (owner.Count == 0)
                {
                    return connection.Execute("INSERT INTO chain (id, genesis) VALUES ($1, $2)", chainId, genesis.ToArray());
                }

                return string.Equals(owner[0].Id, chainId, StringComparison.Ordinal) && owner[0].Genesis.AsSpan().SequenceEqual(genesis.ToArray())
                    ? 0
                    : throw new StoreException(
                        StoreFailure.Foreign, $"{writer.Path} is the ledger of the chain '{owner[0].Id}' and not of '{chainId}' with this genesis: use another data folder.");
            });
            return new LedgerStore(writer, reader);
        }
        catch
        {
            reader?.Dispose();
            writer.Dispose();
            throw;
        }
    }

    /// <summary>The last final block, or null before the first.</summary>
    public FinalBlock? Head() => _reader.Read(connection => connection.Scalar("SELECT final FROM blocks ORDER BY height DESC LIMIT 1") is byte[] bytes ? Decode(bytes) : null);

    /// <summary>The whole state after the last block, in no particular order: what is wrong with it, its root tells.</summary>
    public IReadOnlyList<StateChange> Leaves() => _reader.Read(connection => connection.Rows(
        row => new StateChange(new Hash256(row.GetFieldValue<byte[]>(0)), row.GetFieldValue<byte[]>(1)), "SELECT key, value FROM leaves"));

    /// <summary>Keeps the body of a block that may become final, durably.</summary>
    public void KeepBody(ulong height, ContentHash hash, ReadOnlyMemory<byte> body) => _writer.Write(connection =>
        connection.Execute("INSERT INTO bodies (height, hash, content) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", (long)height, hash.ToArray(), body.ToArray()));

    /// <summary>A body by its hash, of a final block or of one that may become so; null when it is not here.</summary>
    public byte[]? FindBody(ContentHash hash) => _reader.Read(connection => (byte[]?)connection.Scalar("SELECT content FROM bodies WHERE hash = $1 LIMIT 1", hash.ToArray()));

    /// <summary>Adds the next final block with everything that follows from it: all of it or, whatever happens, nothing. Bodies of blocks that were not chosen go.</summary>
    /// <param name="block">Of the height after the last.</param>
    /// <param name="transactions">Hashes of its transactions, in order.</param>
    /// <param name="changes">Leaves of the state that it changed.</param>
    public void Append(StoredBlock block, IReadOnlyList<Hash256> transactions, IEnumerable<StateChange> changes)
    {
        var header = block.Header;
        var height = (long)header.Height;
        var body = header.BodyHash.ToArray();
        _writer.Write(connection =>
        {
            if ((connection.Scalar("SELECT MAX(height) FROM blocks") as long? ?? 0) + 1 != height)
            {
                throw new StoreException(StoreFailure.Conflict, $"Block {height} does not follow the last block in {Path}: something else writes to it.");
            }

            connection.Execute(
                "INSERT INTO blocks (height, hash, final, body) VALUES ($1, $2, $3, $4)", height, block.Final.Certificate.Block.ToArray(), block.Final.Encode(), body);
            connection.Execute("INSERT INTO bodies (height, hash, content) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", height, body, block.Body.ToArray());
            connection.Execute("DELETE FROM bodies WHERE height = $1 AND hash <> $2", height, body);
            WriteTransactions(connection, height, transactions);
            WriteLeaves(connection, changes);
            return true;
        });
    }

    /// <summary>The final block of a height; null when it is not here.</summary>
    public StoredBlock? FindBlock(ulong height) => _reader.Read(connection => ReadBlocks(connection, "b.height = $1", (long)height).FirstOrDefault());

    /// <summary>The final block of this hash; null when it is not here.</summary>
    public StoredBlock? FindBlock(Hash256 hash) => _reader.Read(connection => ReadBlocks(connection, "b.hash = $1", hash.ToArray()).FirstOrDefault());

    /// <summary>Where a transaction of this hash may stand: a few places, of which the caller reads the blocks, because only part of the hash is kept.</summary>
    public IReadOnlyList<TransactionPlace> FindTransaction(Hash256 hash) => _reader.Read(connection => connection.Rows(
        row => new TransactionPlace((ulong)(row.GetInt64(0) >> IndexBits), (int)(row.GetInt64(0) & ((1 << IndexBits) - 1))),
        "SELECT place FROM transactions WHERE prefix = $1 ORDER BY place",
        Prefix(hash)));

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
    }

    private static void WriteTransactions(SqliteConnection connection, long height, IReadOnlyList<Hash256> transactions)
    {
        using var insert = connection.Prepare("INSERT INTO transactions (prefix, place) VALUES ($1, $2)", parameters: 2);
        for (var index = 0; index < transactions.Count; index++)
        {
            insert.Execute(Prefix(transactions[index]), height << IndexBits | (long)index);
        }
    }

    private static void WriteLeaves(SqliteConnection connection, IEnumerable<StateChange> changes)
    {
        using var put = connection.Prepare("INSERT INTO leaves (key, value) VALUES ($1, $2) ON CONFLICT DO UPDATE SET value = excluded.value", parameters: 2);
        using var remove = connection.Prepare("DELETE FROM leaves WHERE key = $1", parameters: 1);
        foreach (var (key, value) in changes)
        {
            if (value is null)
            {
                remove.Execute(key.ToArray());
            }
            else
            {
                put.Execute(key.ToArray(), value);
            }
        }
    }

    private List<StoredBlock> ReadBlocks(SqliteConnection connection, string condition, object parameter) => connection.Rows(
        row => new StoredBlock(Decode(row.GetFieldValue<byte[]>(0)), row.GetFieldValue<byte[]>(1)),
        $"SELECT b.final, c.content FROM blocks b JOIN bodies c ON c.height = b.height AND c.hash = b.body WHERE {condition}",
        parameter);

    private FinalBlock Decode(byte[] bytes)
    {
        try
        {
            return FinalBlock.Decode(bytes);
        }
        catch (RlpException e)
        {
            throw StoreFailures.IsCorrupt(Path, "a block cannot be read", e);
        }
    }

    private static long Prefix(Hash256 hash)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Size];
        hash.CopyTo(bytes);
        return BitConverter.ToInt64(bytes);
    }
}

/// <summary>A final block as it is kept.</summary>
public sealed record StoredBlock(FinalBlock Final, ReadOnlyMemory<byte> Body)
{
    public BlockHeader Header { get; } = BlockHeader.Decode(Final.HeaderBytes.Span);
}

/// <summary>Where a transaction stands.</summary>
/// <param name="Height">Of its block.</param>
/// <param name="Index">In that block, from 0.</param>
public readonly record struct TransactionPlace(ulong Height, int Index);
