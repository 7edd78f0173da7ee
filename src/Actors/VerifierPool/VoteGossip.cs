using Google.Protobuf;
using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.VerifierPool;

/// <summary>What verifiers say to which peers, gathered so that frames stay few; and whom not to listen to. One owner.</summary>
internal sealed class VoteGossip(IActorRef mesh, VerifierPoolOptions options, TimeProvider time, Random random)
{
    /// <summary>The most votes in one message.</summary>
    public const int MaxVotes = 256;

    private readonly HashSet<Address> _peers = [];
    private readonly Dictionary<Address, TimeSpan> _muted = [];
    private readonly List<(Address From, ByteString Vote)> _waiting = [];

    private TimeSpan Now => time.GetElapsedTime(0);

    public void Up(Announcement peer)
    {
        if (peer.Profile.Roles.Contains(LedgerProtocol.Role, StringComparer.Ordinal))
        {
            _peers.Add(peer.Address);
        }
        else
        {
            _peers.Remove(peer.Address);
        }
    }

    public void Down(Address peer) => _peers.Remove(peer);

    public bool IsHeeded(Address peer) => !_muted.TryGetValue(peer, out var until) || (until <= Now && _muted.Remove(peer));

    /// <summary>Does not listen to a peer for a while.</summary>
    public void Mute(Address peer) => _muted[peer] = Now + options.MuteTime;

    /// <summary>To all peers at once.</summary>
    public void Say(ConsensusMessage message)
    {
        foreach (var peer in _peers)
        {
            Send(peer, ToWire(message));
        }
    }

    /// <summary>To all peers but the one it came from; votes wait for <see cref="Flush"/>.</summary>
    /// <returns>Whether the first one begins to wait.</returns>
    public bool PassOn(Address from, ConsensusMessage message)
    {
        if (message is ConsensusMessage.OfVote vote)
        {
            _waiting.Add((from, ByteString.CopyFrom(vote.Vote.Encode())));
            return _waiting.Count == 1;
        }

        var wire = ToWire(message);
        foreach (var peer in _peers.Where(peer => peer != from))
        {
            Send(peer, wire);
        }

        return false;
    }

    /// <summary>Passes on the votes that waited.</summary>
    public void Flush()
    {
        foreach (var peer in _peers)
        {
            SendVotes(peer, _waiting.Where(waiting => waiting.From != peer).Select(waiting => waiting.Vote));
        }

        _waiting.Clear();
    }

    /// <summary>What a peer lacks.</summary>
    public void Answer(Address to, IReadOnlyList<ConsensusMessage> messages)
    {
        foreach (var message in messages.Where(message => message is not ConsensusMessage.OfVote))
        {
            Send(to, ToWire(message));
        }

        SendVotes(to, messages.OfType<ConsensusMessage.OfVote>().Select(vote => ByteString.CopyFrom(vote.Vote.Encode())));
    }

    /// <summary>Tells a random few where this node stands.</summary>
    public void Tell(ConsensusStatus status)
    {
        var chosen = _peers.ToArray();
        random.Shuffle(chosen);
        var wire = new Wire.VerifierStatus { Status = ByteString.CopyFrom(status.Encode()) };
        foreach (var peer in chosen.Take(options.StatusFanOut))
        {
            Send(peer, wire);
        }
    }

    private static IMessage ToWire(ConsensusMessage message) => message switch
    {
        ConsensusMessage.OfProposal proposal => new Wire.BlockProposal { Proposal = ByteString.CopyFrom(proposal.Proposal.Encode()) },
        ConsensusMessage.OfVote vote => new Wire.BlockVotes { Votes = { ByteString.CopyFrom(vote.Vote.Encode()) } },
        ConsensusMessage.OfFinal final => new Wire.BlockFinal { Final = ByteString.CopyFrom(final.Final.Encode()) },
        _ => throw new ArgumentOutOfRangeException(nameof(message)),
    };

    private void SendVotes(Address to, IEnumerable<ByteString> votes)
    {
        foreach (var chunk in votes.Chunk(MaxVotes))
        {
            Send(to, new Wire.BlockVotes { Votes = { chunk } });
        }
    }

    private void Send(Address to, IMessage message) => mesh.Tell(new MeshProtocol.Send(to, message));
}
