using System.Collections.Immutable;
using System.Threading.Channels;

namespace VideoMesh.Client.Node.Chain;

/// <summary>Tells followers of new final blocks. Who does not keep up is cut off: it asks for what it missed by height.</summary>
public sealed class BlockFeed
{
    private const int Backlog = 64;
    private const int MaxFollowers = 512;

    private ImmutableHashSet<Channel<BlockSummary>> _followers = [];

    public void Publish(BlockSummary block)
    {
        foreach (var follower in Volatile.Read(ref _followers))
        {
            if (!follower.Writer.TryWrite(block))
            {
                Leave(follower);
            }
        }
    }

    /// <summary>Blocks from now on, until the token is cancelled or the follower is cut off. Null: there are too many followers.</summary>
    public ChannelReader<BlockSummary>? Follow(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _followers).Count >= MaxFollowers)
        {
            return null;
        }

        var follower = Channel.CreateBounded<BlockSummary>(new BoundedChannelOptions(Backlog) { SingleReader = true });
        ImmutableInterlocked.Update(ref _followers, followers => followers.Add(follower));
        cancellationToken.Register(() => Leave(follower));
        return follower.Reader;
    }

    private void Leave(Channel<BlockSummary> follower)
    {
        ImmutableInterlocked.Update(ref _followers, followers => followers.Remove(follower));
        follower.Writer.TryComplete();
    }
}
