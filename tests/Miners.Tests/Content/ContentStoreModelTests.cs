using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Content;

/// <summary>Random stories played to the store and to a model that is too simple to be wrong.</summary>
public sealed class ContentStoreModelTests
{
    private const long Budget = 100;
    private static readonly byte[][] Pieces = [.. Enumerable.Range(0, 8).Select(i => A.Bytes(10 + (7 * i), seed: i))];

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (5, from piece in Gen.Choose(0, 7) select (Step)new Step.Put(piece, null)),
        (3, from piece in Gen.Choose(0, 7) from scope in Gen.Choose(0, 2) select (Step)new Step.Put(piece, scope)),
        (2, from piece in Gen.Choose(0, 7) from scope in Gen.Choose(0, 2) select (Step)new Step.Pin(piece, scope)),
        (2, from scope in Gen.Choose(0, 2) select (Step)new Step.Unpin(scope)),
        (1, from piece in Gen.Choose(0, 7) from scope in Gen.Choose(0, 2) select (Step)new Step.UnpinOne(piece, scope)),
        (2, from piece in Gen.Choose(0, 7) select (Step)new Step.Open(piece)),
        (2, from piece in Gen.Choose(0, 7) select (Step)new Step.Close(piece)),
        (1, from piece in Gen.Choose(0, 7) select (Step)new Step.Spoil(piece)),
        (1, Gen.Constant((Step)new Step.Restart())));

    [Fact]
    public void The_store_does_what_the_model_says() =>
        Prop.ForAll(Steps.ListOf().ToArbitrary(), story => Play(story)).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(60));

    private static void Play(IEnumerable<Step> story)
    {
        using var folder = new TemporaryFolder(inMemory: true);
        var store = A.Store(folder.Path, Budget);
        var model = new Model();
        var readers = new List<(int Piece, ContentReader Reader)>();
        try
        {
            foreach (var step in story)
            {
                switch (step)
                {
                    case Step.Put(var piece, var scope):
                        Assert.Equal(model.Put(piece, scope), Outcome(() => store.PutAsync(Pieces[piece], scope?.ToString())));
                        break;
                    case Step.Pin(var piece, var scope):
                        Assert.Equal(model.Pin(piece, scope), store.Pin(HashOf(piece), scope.ToString()));
                        break;
                    case Step.Unpin(var scope):
                        model.Unpin(scope);
                        store.Unpin(scope.ToString());
                        break;
                    case Step.UnpinOne(var piece, var scope):
                        model.Unpin(piece, scope);
                        store.Unpin(HashOf(piece), scope.ToString());
                        break;
                    case Step.Open(var piece):
                        var reader = store.OpenRead(HashOf(piece));
                        Assert.Equal(model.Open(piece), reader is not null);
                        if (reader is not null)
                        {
                            readers.Add((piece, reader));
                        }

                        break;
                    case Step.Close(var piece):
                        if (readers.FindIndex(r => r.Piece == piece) is >= 0 and var index)
                        {
                            model.Close(piece);
                            readers[index].Reader.Dispose();
                            readers.RemoveAt(index);
                        }

                        break;
                    case Step.Spoil(var piece):
                        if (!readers.Exists(r => r.Piece == piece))
                        {
                            Assert.Equal(model.Spoil(piece) ? ContentCheck.Corrupt : ContentCheck.Missing, Spoil(store, piece));
                        }

                        break;
                    default:
                        readers.ForEach(r => r.Reader.Dispose());
                        readers.Clear();
                        store.Dispose();
                        store = A.Store(folder.Path, Budget);
                        model.Restart(Pieces.Index().OrderBy(p => WrittenAt(store, p.Index)).ThenBy(p => HashOf(p.Index)).Select(p => p.Index));
                        break;
                }

                for (var piece = 0; piece < Pieces.Length; piece++)
                {
                    Assert.Equal(model.Has(piece), store.TryGetLength(HashOf(piece), out _));
                    Assert.Equal(model.IsPinned(piece), store.IsPinned(HashOf(piece)));
                    Assert.Equal(model.Has(piece), store.TryGetPath(HashOf(piece), out var path) && File.Exists(path));
                }

                Assert.Equal(model.Used, store.UsedBytes);
                Assert.Equal(model.Room, Enumerable.Range(0, (int)Budget + 1).Last(bytes => store.CouldHold(bytes)));
                Assert.Empty(A.TemporaryFiles(folder.Path));
            }
        }
        finally
        {
            readers.ForEach(r => r.Reader.Dispose());
            store.Dispose();
        }
    }

    private static ContentHash HashOf(int piece) => ContentHash.Of(Pieces[piece]);

    private static DateTime WrittenAt(ContentStore store, int piece) => store.TryGetPath(HashOf(piece), out var path) ? File.GetLastWriteTimeUtc(path) : default;

    private static string Outcome(Func<Task<StoredContent>> put)
    {
        try
        {
            return put().GetAwaiter().GetResult().AlreadyHad ? "had" : "stored";
        }
        catch (ContentStoreException refused)
        {
            return refused.Reason.ToString();
        }
    }

    private static ContentCheck Spoil(ContentStore store, int piece)
    {
        if (store.TryGetPath(HashOf(piece), out var path))
        {
            using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write });
            file.WriteByte((byte)~Pieces[piece][0]);
        }

        return store.VerifyAsync(HashOf(piece)).GetAwaiter().GetResult();
    }

    private abstract record Step
    {
        public sealed record Put(int Piece, int? Scope) : Step;

        public sealed record Pin(int Piece, int Scope) : Step;

        public sealed record Unpin(int Scope) : Step;

        public sealed record UnpinOne(int Piece, int Scope) : Step;

        public sealed record Open(int Piece) : Step;

        public sealed record Close(int Piece) : Step;

        public sealed record Spoil(int Piece) : Step;

        public sealed record Restart : Step;
    }

    /// <summary>Everything held, each with the moment it was last needed; what is needed now has no such moment.</summary>
    private sealed class Model
    {
        private readonly Dictionary<int, long> _rested = [];
        private readonly HashSet<(int Piece, int Scope)> _pins = [];
        private readonly List<int> _readers = [];
        private long _now;

        public long Used => _rested.Keys.Sum(piece => Pieces[piece].Length);

        public long Room => Budget - _rested.Keys.Where(IsNeeded).Sum(piece => Pieces[piece].Length);

        public bool Has(int piece) => _rested.ContainsKey(piece);

        public bool IsPinned(int piece) => _pins.Any(pin => pin.Piece == piece);

        public string Put(int piece, int? scope)
        {
            var had = Has(piece);
            if (!had)
            {
                if (Pieces[piece].Length > Room)
                {
                    return nameof(ContentRefusal.StoreFull);
                }

                while (Used + Pieces[piece].Length > Budget)
                {
                    _rested.Remove(_rested.Where(held => !IsNeeded(held.Key)).MinBy(held => held.Value).Key);
                }
            }

            Rest(piece);
            if (scope is { } pinned)
            {
                Pin(piece, pinned);
            }

            return had ? "had" : "stored";
        }

        public bool Pin(int piece, int scope)
        {
            if (!Has(piece))
            {
                return false;
            }

            Rest(piece);
            _pins.Add((piece, scope));
            return true;
        }

        public void Unpin(int scope)
        {
            foreach (var piece in Enumerable.Range(0, Pieces.Length).OrderBy(HashOf))
            {
                Unpin(piece, scope);
            }
        }

        public void Unpin(int piece, int scope)
        {
            if (_pins.Remove((piece, scope)) && !IsNeeded(piece))
            {
                Rest(piece);
            }
        }

        public bool Open(int piece)
        {
            if (Has(piece))
            {
                _readers.Add(piece);
            }

            return Has(piece);
        }

        public void Close(int piece)
        {
            _readers.Remove(piece);
            if (!IsNeeded(piece))
            {
                Rest(piece);
            }
        }

        public bool Spoil(int piece)
        {
            _pins.RemoveWhere(pin => pin.Piece == piece);
            return _rested.Remove(piece);
        }

        public void Restart(IEnumerable<int> byAge)
        {
            _pins.Clear();
            _readers.Clear();
            foreach (var piece in byAge.Where(Has))
            {
                Rest(piece);
            }
        }

        private bool IsNeeded(int piece) => IsPinned(piece) || _readers.Contains(piece);

        private void Rest(int piece) => _rested[piece] = ++_now;
    }
}
