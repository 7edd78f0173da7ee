using System.Collections.Immutable;
using Google.Protobuf;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.StorageMiner;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Storage;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.StorageClient;

/// <summary>A node's own storage miner.</summary>
public sealed record LocalMiner(StoragePeer Peer, IActorRef Actor);

/// <summary>Asks storage miners, and knows which are there. Each question is answered once: by the miner, by its reason, by its silence, or by the loss of its link.</summary>
public sealed class StorageClientActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    private readonly IActorRef _mesh;
    private readonly LocalMiner? _local;
    private readonly Dictionary<Address, StoragePeer> _miners = [];
    private readonly Dictionary<ulong, Waiting> _waiting = [];
    private ulong _last;

    /// <param name="local">The storage miner of this very node, to which there is no link; null: there is none.</param>
    public StorageClientActor(IActorRef mesh, LocalMiner? local = null)
    {
        _mesh = mesh;
        _local = local;
        if (local is not null)
        {
            _miners.Add(local.Peer.Address, local.Peer);
        }

        Receive<StorageClientProtocol.Question>(OnQuestion);
        Receive<StorageClientProtocol.GetMiners>(_ => Sender.Tell(new StorageClientProtocol.Miners([.. _miners.Values.OrderBy(miner => miner.Address)])));
        Receive<MeshProtocol.Received>(received => Answer(received.From, received.Message));
        Receive<MeshProtocol.PeerUp>(up => OnUp(up.Peer));
        Receive<MeshProtocol.PeerDown>(down =>
        {
            _miners.Remove(down.Address);
            GiveUp(waiting => waiting.Miner == down.Address);
        });
        Receive<MeshProtocol.Undeliverable>(lost => GiveUp(waiting => waiting.Miner == lost.To));
        Receive<Silence>(silence => Fail(silence.Question, StorageRefusal.NoAnswer));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _mesh.Tell(new MeshProtocol.Subscribe(Self, [typeof(Wire.RoomGiven), typeof(Wire.ObjectKept), typeof(Wire.ObjectRemoved), typeof(Wire.StorageRefused)]));
        _local?.Actor.Tell(new StorageMinerProtocol.Attach(Self));
    }

    private void OnUp(Announcement peer)
    {
        if (peer.Profile.Url is { } url && peer.Profile.Roles.Contains(StorageMinerProtocol.Role, StringComparer.Ordinal))
        {
            _miners[peer.Address] = new StoragePeer(peer.Address, peer.Profile.Name, url);
        }
        else
        {
            _miners.Remove(peer.Address);
        }
    }

    private void OnQuestion(StorageClientProtocol.Question question)
    {
        var number = ++_last;
        _waiting.Add(number, new Waiting(question.Miner, Sender));
        Timers.StartSingleTimer(number, new Silence(number), s_patience);
        if (question.Miner == _local?.Peer.Address)
        {
            _local.Actor.Tell(new MeshProtocol.Received(question.Miner, question.Of(number)));
        }
        else
        {
            _mesh.Tell(new MeshProtocol.Send(question.Miner, question.Of(number)));
        }
    }

    private void Answer(Address from, IMessage message)
    {
        var (question, refusal) = message switch
        {
            Wire.RoomGiven given => (given.Question, (StorageRefusal?)null),
            Wire.ObjectKept kept => (kept.Question, null),
            Wire.ObjectRemoved removed => (removed.Question, null),
            Wire.StorageRefused refused => (refused.Question, ReadReason(refused.Reason)),
            _ => (0UL, null),
        };
        if (!_waiting.TryGetValue(question, out var waiting) || waiting.Miner != from)
        {
            return;
        }

        if (refusal is { } reason)
        {
            Fail(question, reason);
            return;
        }

        Forget(question);
        waiting.Asker.Tell(message);
    }

    private void GiveUp(Func<Waiting, bool> which)
    {
        foreach (var number in _waiting.Where(pair => which(pair.Value)).Select(pair => pair.Key).ToList())
        {
            Fail(number, StorageRefusal.NoAnswer);
        }
    }

    private void Fail(ulong number, StorageRefusal reason)
    {
        if (_waiting.TryGetValue(number, out var waiting))
        {
            Forget(number);
            waiting.Asker.Tell(new Status.Failure(new StorageException(reason)));
        }
    }

    private void Forget(ulong number)
    {
        _waiting.Remove(number);
        Timers.Cancel(number);
    }

    // Only a name from the catalogue is taken; a miner's own words reach no terminal.
    private static StorageRefusal ReadReason(string name) =>
        Enum.TryParse<StorageRefusal>(name, out var reason) && Enum.IsDefined(reason) ? reason : StorageRefusal.Malformed;

    private sealed record Waiting(Address Miner, IActorRef Asker);

    private sealed record Silence(ulong Question);
}
