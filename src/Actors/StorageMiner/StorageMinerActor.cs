using System.Collections;
using Google.Protobuf;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.StorageClient;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Storage;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.StorageMiner;

/// <summary>A storage miner: gives room, keeps blocks, says what it has. Shell of <see cref="StorageMinerState"/>.</summary>
public sealed class StorageMinerActor : ReceiveActor, IWithTimers
{
    // Room that nobody used is given up this often.
    private static readonly TimeSpan s_tidying = TimeSpan.FromSeconds(30);

    private readonly StorageMinerSetting _setting;
    private readonly Scrub _scrub = new();
    private IActorRef _attached = ActorRefs.Nobody;
    private StorageMinerState _state;

    public StorageMinerActor(StorageMinerSetting setting)
    {
        _setting = setting;
        _state = setting.Journal.Read().Aggregate(new StorageMinerState(setting.Options), (state, happened) => state.Apply(happened));
        foreach (var (id, kept) in _state.Objects)
        {
            Pin(id, kept.Contents(id));
        }

        setting.Kept.Publish(_state);
        Receive<MeshProtocol.Received>(OnReceived);
        Receive<MeshProtocol.PeerUp>(_ => { });
        Receive<MeshProtocol.PeerDown>(_ => { });
        Receive<MeshProtocol.Undeliverable>(_ => { });
        Receive<StorageMinerProtocol.Attach>(attach => _attached = attach.Asker);
        Receive<ManifestRead>(OnManifestRead);
        Receive<ScrubNext>(_ => OnScrubNext());
        Receive<Scrubbed>(OnScrubbed);
        Receive<Tidy>(_ => Release([.. _state.Expired(setting.Time.GetUtcNow())]));
        Receive<StorageMinerProtocol.GetStatus>(_ => Sender.Tell(new StorageMinerProtocol.Status(
            setting.Options.CapacityBytes, _state.KeptBytes, _state.SetAsideBytes, _state.Objects.Count, _state.Corrupt.Count)));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Tidy), Tidy.Instance, s_tidying);
        Timers.StartSingleTimer(nameof(ScrubNext), ScrubNext.Instance, _setting.Options.ScrubInterval);
        _setting.Mesh.Tell(new MeshProtocol.Subscribe(Self, [typeof(Wire.AskRoom), typeof(Wire.KeepObject), typeof(Wire.AskObject), typeof(Wire.RemoveObject)]));
    }

    private void OnReceived(MeshProtocol.Received received)
    {
        switch (received.Message)
        {
            case Wire.AskRoom ask:
                OnAskRoom(received.From, ask);
                break;
            case Wire.KeepObject keep:
                OnKeep(received.From, keep);
                break;
            case Wire.AskObject ask:
                OnAskObject(received.From, ask);
                break;
            case Wire.RemoveObject remove:
                OnRemove(received.From, remove);
                break;
        }
    }

    private void OnAskRoom(Address from, Wire.AskRoom ask)
    {
        var now = _setting.Time.GetUtcNow();
        Release([.. _state.Expired(now)]);
        var (state, room, refusal) = _state.SetAside(from, ask.Bytes, _setting.FreeBytes(), now);
        if (room is null)
        {
            Refuse(from, ask.Question, refusal!.Value);
            return;
        }

        _state = state;
        var ticket = _setting.Tickets.Issue(new TicketGrant
        {
            Verbs = TicketVerbs.Put, MaxBytes = room.Bytes, MaxScopeTotalBytes = room.Bytes, Expires = room.Expires, Scope = room.Scope,
        });
        Send(from, new Wire.RoomGiven { Question = ask.Question, Ticket = ticket });
    }

    private void OnKeep(Address from, Wire.KeepObject keep)
    {
        if (!TryRead(keep.Manifest, out var id))
        {
            Refuse(from, keep.Question, StorageRefusal.Malformed);
            return;
        }

        var store = _setting.Store;
        _ = Task.Run(() => ReadManifestAsync(store, id)).PipeTo(
            Self, success: read => new ManifestRead(from, keep.Question, id, read.Manifest, read.Bytes), failure: _ => new ManifestRead(from, keep.Question, id, null, 0));
    }

    private void OnManifestRead(ManifestRead read)
    {
        if (read.Manifest is null)
        {
            Refuse(read.From, read.Question, StorageRefusal.ManifestUnreadable);
            return;
        }

        if (_state.Keep(read.From, read.Id, read.Manifest, read.Bytes, hash => _setting.Store.TryGetLength(hash, out _)) is not { } kept)
        {
            Refuse(read.From, read.Question, StorageRefusal.NoRoom);
            return;
        }

        // First pinned, so that nothing promised can be evicted; then written down; then said.
        Pin(read.Id, read.Manifest.Blocks.Select(block => block.Hash).Append(read.Id));
        if (kept.Blocks.Length > 0 || !_state.Objects.ContainsKey(read.Id))
        {
            _setting.Journal.Append(kept);
            _state = _state.Apply(kept);
            _setting.Kept.Publish(_state);
        }

        Release([.. _state.RoomsOf(read.From)]);
        SayKept(read.From, read.Question, read.Id);
    }

    private void OnAskObject(Address from, Wire.AskObject ask)
    {
        if (TryRead(ask.Manifest, out var id))
        {
            SayKept(from, ask.Question, id);
        }
        else
        {
            Refuse(from, ask.Question, StorageRefusal.Malformed);
        }
    }

    private void OnRemove(Address from, Wire.RemoveObject remove)
    {
        if (!TryRead(remove.Manifest, out var id) || remove.IssuedMs is < 0 or > 253_402_300_799_999 || !Signature.TryParse(remove.Signature.Span, out var signature, out _))
        {
            Refuse(from, remove.Question, StorageRefusal.Malformed);
            return;
        }

        var order = new RemovalOrder(id, _setting.Self, DateTimeOffset.FromUnixTimeMilliseconds(remove.IssuedMs));
        Address? signer = signature.TryRecover(order.Digest(_setting.Chain), out var recovered) ? recovered : null;
        if (_state.JudgeRemoval(order, signer, _setting.Time.GetUtcNow()) is { } refusal)
        {
            Refuse(from, remove.Question, refusal);
            return;
        }

        var removed = new StorageMinerEvent.Removed(id);
        _setting.Journal.Append(removed);
        _state = _state.Apply(removed);
        _setting.Kept.Publish(_state);
        _setting.Store.Discard(Scope(id));
        Send(from, new Wire.ObjectRemoved { Question = remove.Question });
    }

    private void SayKept(Address to, ulong question, ContentHash id)
    {
        if (!_state.Objects.TryGetValue(id, out var kept))
        {
            Refuse(to, question, StorageRefusal.NotHeld);
            return;
        }

        var (held, corrupt) = (new BitArray(kept.ManifestBlocks), new BitArray(kept.ManifestBlocks));
        foreach (var (number, block) in kept.Blocks)
        {
            held[number] = _setting.Store.TryGetLength(block.Hash, out _);
            corrupt[number] = !held[number] && _state.Corrupt.Contains(block.Hash);
        }

        Send(to, new Wire.ObjectKept
        {
            Question = question, ManifestBytes = kept.ManifestBytes, Held = StorageBits.Write(held), Corrupt = StorageBits.Write(corrupt), Watches = _setting.Options.Watches,
        });
    }

    private void Release(IReadOnlyCollection<Room> rooms)
    {
        foreach (var room in rooms)
        {
            _setting.Tickets.Close(room.Scope);
            _setting.Store.Discard(room.Scope);
        }

        _state = _state.Release(rooms);
    }

    private void Pin(ContentHash id, IEnumerable<ContentHash> contents)
    {
        foreach (var content in contents)
        {
            _setting.Store.Pin(content, Scope(id));
        }
    }

    private void Refuse(Address to, ulong question, StorageRefusal reason) => Send(to, new Wire.StorageRefused { Question = question, Reason = reason.ToString() });

    private void Send(Address to, IMessage message)
    {
        if (to == _setting.Self)
        {
            _attached.Tell(new MeshProtocol.Received(to, message));
        }
        else
        {
            _setting.Mesh.Tell(new MeshProtocol.Send(to, message));
        }
    }

    // One block at a time, so that looking never takes the disk from serving; each pass over all blocks begins when the one before is over and its time has come.
    private void OnScrubNext()
    {
        if (_scrub.Next(_state) is not { } block)
        {
            Timers.StartSingleTimer(nameof(ScrubNext), ScrubNext.Instance, _setting.Options.ScrubInterval);
            return;
        }

        _ = _setting.Store.VerifyAsync(block.Hash).PipeTo(Self, success: check => new Scrubbed(block, check), failure: _ => new Scrubbed(block, ContentCheck.Missing));
    }

    private void OnScrubbed(Scrubbed scrubbed)
    {
        _state = scrubbed.Check switch
        {
            ContentCheck.Corrupt => _state.Found(scrubbed.Block.Hash, isCorrupt: true),
            ContentCheck.Intact => _state.Found(scrubbed.Block.Hash, isCorrupt: false),
            _ => _state,
        };
        Timers.StartSingleTimer(nameof(ScrubNext), ScrubNext.Instance, TimeSpan.FromSeconds((double)scrubbed.Block.Bytes / _setting.Options.ScrubBytesPerSecond));
    }

    private static string Scope(ContentHash id) => $"object/{id}";

    private static bool TryRead(ByteString bytes, out ContentHash hash)
    {
        hash = bytes.Length == ContentHash.Size ? new ContentHash(bytes.Span) : default;
        return bytes.Length == ContentHash.Size;
    }

    private static async Task<(Manifest? Manifest, int Bytes)> ReadManifestAsync(ContentStore store, ContentHash id)
    {
        using var reader = store.OpenRead(id);
        if (reader is null || reader.Length > Manifest.MaxBytes)
        {
            return (null, 0);
        }

        var bytes = new byte[reader.Length];
        await reader.Stream.ReadExactlyAsync(bytes);
        return (Manifest.TryDecode(bytes, out var manifest) ? manifest : null, bytes.Length);
    }

    private sealed record ManifestRead(Address From, ulong Question, ContentHash Id, Manifest? Manifest, int Bytes);

    private sealed record Scrubbed(BlockRef Block, ContentCheck Check);

    private sealed record ScrubNext
    {
        public static ScrubNext Instance { get; } = new();
    }

    // A pass over what was kept when it began.
    private sealed class Scrub
    {
        private readonly Queue<BlockRef> _left = new();
        private bool _isUnderWay;

        /// <returns>Null: the pass is over.</returns>
        public BlockRef? Next(StorageMinerState state)
        {
            if (!_isUnderWay)
            {
                state.Objects.Values.SelectMany(kept => kept.Blocks.Values).Distinct().ToList().ForEach(_left.Enqueue);
            }

            _isUnderWay = _left.Count > 0;
            return _isUnderWay ? _left.Dequeue() : null;
        }
    }

    private sealed record Tidy
    {
        public static Tidy Instance { get; } = new();
    }
}
