using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Store;

/// <summary>
/// What a verifier has signed last, see <see cref="ConsensusRecord"/>: durable when <see cref="Write"/> returns. Two slots are written in turn, so that a write that was
/// torn leaves the one before, whose message may have been sent, while that of the torn one was not. In a file of its own, since it costs one flush and no more.
/// One process at a time; not thread-safe. Every failure is a <see cref="StoreException"/>.
/// </summary>
public sealed class SigningRecordFile : IDisposable
{
    // Slot: magic and version, number of the write, length, Keccak-256 of these and the record, record.
    private const uint Magic = 0x564D7331;
    private const int HashOffset = 16;
    private const int HeaderBytes = HashOffset + Hash256.Size;

    // Twice what a record with all votes of 128 voters takes.
    private const int SlotBytes = 256 << 10;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private ulong _writes;

    private SigningRecordFile(string path, SafeFileHandle file) => (_path, _file) = (path, file);

    /// <summary>The last record that was written whole; null before the first.</summary>
    public ConsensusRecord? Last { get; private set; }

    /// <summary>Opens the file, creating it when missing.</summary>
    /// <exception cref="StoreException">It is in use, damaged, or not to be opened.</exception>
    public static SigningRecordFile Open(string path)
    {
        path = Path.GetFullPath(path);
        return StoreFailures.Name(path, () =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var isNew = !File.Exists(path);
            var record = new SigningRecordFile(path, File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite));
            try
            {
                // two nodes with one key and one folder would sign twice
                if (!Posix.TryLockByte(record._file, 0))
                {
                    throw new StoreException(StoreFailure.InUse, $"{path} is in use by another verifier: stop it, or use another data folder.");
                }

                if (RandomAccess.GetLength(record._file) != 2 * SlotBytes)
                {
                    record.Begin();
                }

                record.Load();
                if (isNew)
                {
                    Posix.FlushDirectory(Path.GetDirectoryName(path)!);
                }

                return record;
            }
            catch
            {
                record.Dispose();
                throw;
            }
        });
    }

    /// <summary>Puts a record in place of the last one.</summary>
    public void Write(ConsensusRecord record)
    {
        var content = record.Encode();
        if (content.Length > SlotBytes - HeaderBytes)
        {
            throw new ArgumentException($"A record of {content.Length} bytes does not fit.", nameof(record));
        }

        StoreFailures.Name(_path, () =>
        {
            var slot = new byte[HeaderBytes + content.Length];
            BinaryPrimitives.WriteUInt32BigEndian(slot, Magic);
            BinaryPrimitives.WriteUInt64BigEndian(slot.AsSpan(4), _writes + 1);
            BinaryPrimitives.WriteInt32BigEndian(slot.AsSpan(12), content.Length);
            content.CopyTo(slot, HeaderBytes);
            HashOf(slot).CopyTo(slot.AsSpan(HashOffset));
            RandomAccess.Write(_file, slot, OffsetOf(_writes + 1));
            RandomAccess.FlushToDisk(_file);
            _writes++;
            return true;
        });
        Last = record;
    }

    public void Dispose() => _file.Dispose();

    private static long OffsetOf(ulong write) => (long)(write % 2) * SlotBytes;

    private static Hash256 HashOf(ReadOnlySpan<byte> slot) => Keccak.Hash([.. slot[..HashOffset], .. slot[HeaderBytes..]]);

    private void Begin()
    {
        if (RandomAccess.GetLength(_file) > 2 * SlotBytes)
        {
            throw StoreFailures.IsCorrupt(_path, "it is no record of a verifier's signatures");
        }

        // Its whole length at once: later writes then change no metadata, and their flush is cheap.
        RandomAccess.Write(_file, new byte[1], (2 * SlotBytes) - 1);
        RandomAccess.FlushToDisk(_file);
    }

    private void Load()
    {
        for (ulong slot = 0; slot < 2; slot++)
        {
            if (Read(slot) is { } found && found.Write > _writes)
            {
                (_writes, Last) = (found.Write, found.Record);
            }
        }

        // A torn slot is what a crash leaves, of the first write too. But that went to the other slot: with something in this one, one of both was written whole.
        Span<byte> second = stackalloc byte[1];
        if (Last is null && RandomAccess.Read(_file, second, OffsetOf(2)) == 1 && second[0] != 0)
        {
            throw StoreFailures.IsCorrupt(_path, "what this verifier signed last cannot be read, and signing twice would burn its stake");
        }
    }

    private (ulong Write, ConsensusRecord Record)? Read(ulong slot)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (RandomAccess.Read(_file, header, OffsetOf(slot)) < HeaderBytes || BinaryPrimitives.ReadUInt32BigEndian(header) != Magic)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(header[12..]);
        if (length is < 0 or > SlotBytes - HeaderBytes)
        {
            return null;
        }

        var whole = new byte[HeaderBytes + length];
        if (RandomAccess.Read(_file, whole, OffsetOf(slot)) < whole.Length || HashOf(whole) != new Hash256(header[HashOffset..]))
        {
            return null;
        }

        try
        {
            return (BinaryPrimitives.ReadUInt64BigEndian(header[4..]), ConsensusRecord.Decode(whole.AsSpan(HeaderBytes)));
        }
        catch (RlpException e)
        {
            throw StoreFailures.IsCorrupt(_path, "what this verifier signed last cannot be read", e);
        }
    }
}
