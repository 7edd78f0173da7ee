using System.Collections.Concurrent;
using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;

namespace VideoMesh.Miners.Storage;

/// <summary>What is to be stored, and how.</summary>
/// <param name="Owner">Who may remove it.</param>
/// <param name="Name">What people call it.</param>
public sealed record UploadSpec(StripePlan Plan, Address Owner, string Name, bool IsFolder, int Data, int Parity);

/// <summary>An object that miners have promised to keep.</summary>
/// <param name="Miners">Those that hold blocks of it.</param>
/// <param name="AlreadyHadBytes">Bytes of blocks that needed no transfer, because an earlier try had brought them.</param>
public sealed record StoredObject(ContentHash Id, Manifest Manifest, ImmutableArray<Address> Miners, long AlreadyHadBytes);

/// <summary>Stores files: stripe by stripe, each block on another miner, then the manifest; what miners already have is not sent again, so that doing it again goes on where it stopped. In
/// memory are two stripes, whatever the size.</summary>
/// <param name="onBytes">Told of each block's bytes when a miner has them; from any thread.</param>
/// <param name="onNote">Told of miners that are left out.</param>
public sealed class ObjectUpload(IStorageNetwork network, ContentClient transfers, Action<long> onBytes, Action<string> onNote)
{
    // One stripe is read and coded while another is on its way.
    private const int StripesAtOnce = 2;

    // Each pass has lost at least one miner of the pass before.
    private const int MaxPasses = 4;

    /// <exception cref="StorageException">There are not enough miners, or the source is unfit.</exception>
    public async Task<StoredObject> RunAsync(UploadSpec spec, CancellationToken cancellationToken)
    {
        var miners = network.Miners.OrderBy(miner => miner.Address).ToList();
        var share = (spec.Plan.StoredBytes(spec.Parity) / Math.Max(1, miners.Count) * 5 / 4) + Manifest.MaxBytes;
        var session = new Session(spec, miners.ToDictionary(miner => miner.Address, miner => new MinerUploads(miner, network, transfers, share)));
        try
        {
            for (var pass = 1; ; pass++)
            {
                var stripes = await PutStripesAsync(session, cancellationToken);
                if (spec.Plan.Files.Any(file => new FileInfo(file.Source).Length != file.Bytes))
                {
                    throw new StorageException(StorageRefusal.SourceChanged);
                }

                if (await KeepAsync(session, stripes, cancellationToken) is { } stored)
                {
                    return stored;
                }

                if (pass == MaxPasses)
                {
                    throw new StorageException(StorageRefusal.TooFewMiners);
                }
            }
        }
        finally
        {
            foreach (var uploads in session.Uploads.Values)
            {
                uploads.Dispose();
            }
        }
    }

    private async Task<PlacedStripe[]> PutStripesAsync(Session session, CancellationToken cancellationToken)
    {
        var reader = new StripeReader(session.Spec.Plan, session.Spec.Parity);
        var placed = new PlacedStripe[session.Spec.Plan.Stripes.Length];
        var buffers = new ConcurrentBag<StripeBuffer>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = StripesAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, placed.Length), options, async (number, cancellation) =>
        {
            var buffer = buffers.TryTake(out var used) ? used : new StripeBuffer(session.Spec.Data + session.Spec.Parity, session.Spec.Plan.LongestBytes);
            var stripe = await reader.ReadAsync(number, buffer, cancellation);
            placed[number] = new PlacedStripe(stripe, await PutStripeAsync(session, stripe, buffer, cancellation));
            buffers.Add(buffer);
        });
        return placed;
    }

    private async Task<ImmutableArray<Address>> PutStripeAsync(Session session, ManifestStripe stripe, StripeBuffer buffer, CancellationToken cancellationToken)
    {
        var placement = Placement.Of(stripe.Blocks[0].Hash, stripe.Blocks.Length, session.Uploads.Keys, session.Lost) ?? throw new StorageException(StorageRefusal.TooFewMiners);
        var gate = new Lock();
        await Task.WhenAll(stripe.Blocks.Select((block, place) => Task.Run(() => PutBlockAsync(block, place), cancellationToken)));
        return placement.Miners;

        async Task PutBlockAsync(BlockRef block, int place)
        {
            while (true)
            {
                var uploads = session.Uploads[placement.Miners[place]];
                try
                {
                    var stored = await uploads.PutAsync(block.Hash, buffer.Block(place, block.Bytes), cancellationToken);
                    session.Count(stored);
                    onBytes(block.Bytes);
                    return;
                }
                catch (Exception failure) when (failure is ContentTransferException or StorageException)
                {
                    LeaveOut(session, uploads.Miner, failure.Message);
                }

                lock (gate)
                {
                    placement = placement.Without(place, session.Lost) ?? throw new StorageException(StorageRefusal.TooFewMiners);
                }
            }
        }
    }

    /// <returns>Null: a miner does not keep what was put to it, and is left out of the next pass.</returns>
    private async Task<StoredObject?> KeepAsync(Session session, PlacedStripe[] stripes, CancellationToken cancellationToken)
    {
        var spec = session.Spec;
        var manifest = new Manifest
        {
            Owner = spec.Owner,
            Name = spec.Name,
            IsFolder = spec.IsFolder,
            Data = spec.Data,
            Parity = spec.Parity,
            Files = [.. spec.Plan.Files.Zip(spec.Plan.BlocksOfFile, (file, blocks) => new ManifestFile(file.Path, file.Bytes, blocks))],
            Stripes = [.. stripes.Select(placed => placed.Stripe)],
        };
        var bytes = manifest.Encode();
        var id = ContentHash.Of(bytes);
        var promised = stripes.SelectMany(placed => placed.Miners).Select((miner, block) => (Miner: miner, Block: block)).ToLookup(pair => pair.Miner, pair => pair.Block);
        var kept = await Task.WhenAll(promised.Select(async blocks =>
        {
            var uploads = session.Uploads[blocks.Key];
            try
            {
                await uploads.PutAsync(id, bytes, cancellationToken);
                var holding = await network.KeepAsync(blocks.Key, id, cancellationToken);
                uploads.Forget();
                if (blocks.All(holding.Has))
                {
                    return true;
                }

                LeaveOut(session, uploads.Miner, "It does not keep what was put to it.");
            }
            catch (Exception failure) when (failure is ContentTransferException or StorageException)
            {
                LeaveOut(session, uploads.Miner, failure.Message);
            }

            return false;
        }));
        return kept.All(isKept => isKept) ? new StoredObject(id, manifest, [.. promised.Select(blocks => blocks.Key).Order()], session.AlreadyHadBytes) : null;
    }

    private void LeaveOut(Session session, StoragePeer miner, string why)
    {
        if (session.Leave(miner.Address))
        {
            onNote($"{miner.Address} is left out: {why}");
        }
    }

    private sealed record PlacedStripe(ManifestStripe Stripe, ImmutableArray<Address> Miners);

    private sealed class Session(UploadSpec spec, IReadOnlyDictionary<Address, MinerUploads> uploads)
    {
        private readonly Lock _gate = new();
        private ImmutableHashSet<Address> _lost = [];
        private long _alreadyHadBytes;

        public UploadSpec Spec { get; } = spec;

        public IReadOnlyDictionary<Address, MinerUploads> Uploads { get; } = uploads;

        public ImmutableHashSet<Address> Lost
        {
            get
            {
                lock (_gate)
                {
                    return _lost;
                }
            }
        }

        public long AlreadyHadBytes => Interlocked.Read(ref _alreadyHadBytes);

        /// <returns>False: it had left before.</returns>
        public bool Leave(Address miner)
        {
            lock (_gate)
            {
                var before = _lost;
                return !ReferenceEquals(before, _lost = before.Add(miner));
            }
        }

        public void Count(StoredContent stored)
        {
            if (stored.AlreadyHad)
            {
                Interlocked.Add(ref _alreadyHadBytes, stored.Length);
            }
        }
    }
}
