using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;

namespace VideoMesh.Actors.Proofs;

/// <summary>What a verifier found, in a file: kept before it is said, so that it says nothing else after a restart. One owner.</summary>
/// <param name="journal">Of this verifier alone; the caller disposes of it.</param>
public sealed class ProofJournal(EventJournal journal)
{
    private const string FoundType = "found";
    private const int MaxBytes = 256;

    /// <summary>All that was kept and not forgotten.</summary>
    /// <exception cref="StoreException">The file is damaged.</exception>
    public IReadOnlyList<FoundPackets> Load() => [.. journal.List().Select(stream => Read(stream.Last.Payload.Span))];

    /// <summary>Returns when it is on disk.</summary>
    /// <exception cref="StoreException">The file failed, or something else was kept for this challenge.</exception>
    public void Keep(FoundPackets found)
    {
        var payload = new RlpWriter().StartList()
            .Hash(found.Challenge).Hash(found.Packets).Hash(found.Salt).Number((ulong)found.CpuTime.TotalMilliseconds).Number(found.Height).EndList().ToArray();
        journal.Append(found.Challenge.ToString(), 0, new NewEvent(FoundType, payload));
    }

    public void Forget(Hash256 challenge) => journal.Delete(challenge.ToString());

    private static FoundPackets Read(ReadOnlySpan<byte> payload)
    {
        var outer = new RlpReader(payload, MaxBytes);
        var reader = outer.ReadList();
        outer.End();
        var found = new FoundPackets(reader.ReadHash(), reader.ReadContentHash(), reader.ReadHash(), TimeSpan.FromMilliseconds(reader.ReadUInt64()), reader.ReadUInt64());
        reader.End();
        return found;
    }
}
