using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;

namespace VideoMesh.Chain.Tests.State;

/// <summary>The tree is a dictionary whose content one hash tells.</summary>
public sealed class StateTreeTests
{
    [Fact]
    public void Holds_what_a_dictionary_holds_whatever_is_written_and_removed() => Prop.ForAll(Steps(), steps =>
    {
        var model = new SortedDictionary<Hash256, byte[]>();
        var tree = StateTree.Empty;
        foreach (var batch in steps)
        {
            tree = tree.With(batch);
            foreach (var (key, value) in batch)
            {
                if (value is null)
                {
                    model.Remove(key);
                }
                else
                {
                    model[key] = value;
                }
            }
        }

        var leaves = tree.Leaves().ToList();
        return leaves.Select(leaf => leaf.Key).SequenceEqual(model.Keys)
            && leaves.All(leaf => leaf.Value!.SequenceEqual(model[leaf.Key]) && tree.Find(leaf.Key)!.SequenceEqual(leaf.Value!))
            && Enumerable.Range(0, Keys).Select(Key).All(key => tree.Find(key) is null == !model.ContainsKey(key))
            && tree.Root == StateTree.Empty.With(leaves).Root;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_root_tells_the_content_and_not_how_it_came_about() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var leaves = Enumerable.Range(0, random.Next(1, 60)).Select(n => new StateChange(Key(n), [(byte)random.Next(4)])).ToArray();
        var atOnce = StateTree.Empty.With(leaves);
        random.Shuffle(leaves);
        var oneByOne = leaves.Aggregate(StateTree.Empty, (tree, leaf) => tree.With([leaf]));
        var changed = atOnce.With([new StateChange(leaves[0].Key, [9])]);
        var undone = changed.With([leaves[0]]);
        var emptied = leaves.Aggregate(atOnce, (tree, leaf) => tree.With([new StateChange(leaf.Key, null)]));
        return atOnce.Root == oneByOne.Root && changed.Root != atOnce.Root && undone.Root == atOnce.Root && emptied.Root == Hash256.Zero;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Proves_each_key_present_or_absent_and_nothing_else() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var tree = StateTree.Empty.With(Enumerable.Range(0, Keys).Where(_ => random.Next(2) == 0).Select(n => new StateChange(Key(n), [(byte)n])));
        return Enumerable.Range(0, Keys).Select(Key).All(key =>
        {
            var proof = StateProof.Decode(tree.Prove(key).Encode());
            return proof.TryVerify(tree.Root, key, out var value)
                && (value is { } bytes ? tree.Find(key) is { } stored && bytes.SequenceEqual(stored) : tree.Find(key) is null)
                && !proof.TryVerify(Keccak.Hash([1]), key, out var unproven) && unproven is null;
        });
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_byte_of_a_proof_can_be_altered_to_show_something_else()
    {
        var tree = StateTree.Empty.With(Enumerable.Range(0, 50).Select(n => new StateChange(Key(n), [(byte)n, 7])));
        foreach (var key in new[] { Key(3), Key(1000) })
        {
            var encoded = tree.Prove(key).Encode();
            for (var at = 0; at < encoded.Length; at++)
            {
                var altered = (byte[])encoded.Clone();
                altered[at] ^= 1;
                try
                {
                    // an absence may name its neighbour otherwise only where the root does not depend on it, which is nowhere
                    Assert.False(StateProof.Decode(altered).TryVerify(tree.Root, key, out _));
                }
                catch (RlpException refused)
                {
                    Assert.True(Enum.IsDefined(refused.Reason));
                }
            }
        }
    }

    [Fact]
    public void A_leaf_is_no_branch_and_a_short_proof_shows_no_absence()
    {
        var tree = StateTree.Empty.With([new StateChange(Key(1), [1]), new StateChange(Key(2), [2])]);
        var proof = tree.Prove(Key(1));

        Assert.False((proof with { LeafKey = null, LeafValue = [] }).TryVerify(tree.Root, Key(1), out _));
        Assert.False((proof with { Siblings = [] }).TryVerify(tree.Root, Key(1), out _));
        Assert.False(new StateProof([], null, []).TryVerify(tree.Root, Key(1), out _));
        Assert.True(new StateProof([], null, []).TryVerify(StateTree.Empty.Root, Key(1), out var nothing));
        Assert.Null(nothing);
    }

    [Fact]
    public void A_zero_sibling_has_one_spelling()
    {
        var spelled = new RlpWriter().StartList().StartList().Hash(Hash256.Zero).EndList().Bytes([]).Bytes([]).EndList().ToArray();

        Assert.Equal(RlpRefusal.UnknownValue, Assert.Throws<RlpException>(() => StateProof.Decode(spelled)).Reason);
    }

    [Fact]
    public void A_proof_in_a_large_state_is_short()
    {
        var tree = StateTree.Empty.With(Enumerable.Range(0, 20_000).Select(n => new StateChange(Key(n), new byte[64])));

        Assert.All(Enumerable.Range(0, 500), n => Assert.InRange(tree.Prove(Key(n * 80)).Encode().Length, 1, 1100));
    }

    [Fact]
    public void A_change_costs_the_path_above_it_and_shares_the_rest()
    {
        var tree = StateTree.Empty.With(Enumerable.Range(0, 1000).Select(n => new StateChange(Key(n), [1])));

        Assert.Same(tree, tree.With([]));
        Assert.Same(tree.Find(Key(5)), tree.With([new StateChange(Key(6), [2])]).Find(Key(5)));
        Assert.Equal(tree.Root, tree.With([new StateChange(Key(5000), null)]).Root);
    }

    [Fact]
    public void A_key_is_changed_once_at_a_time() =>
        Assert.Throws<ArgumentException>(() => StateTree.Empty.With([new StateChange(Key(1), [1]), new StateChange(Key(1), [2])]));

    private const int Keys = 40;

    private static Hash256 Key(int number) => Keccak.Hash(BitConverter.GetBytes(number));

    private static Arbitrary<StateChange[][]> Steps() => Gen.ArrayOf(
        Gen.ArrayOf(Gen.Choose(0, Keys - 1).SelectMany(_ => Gen.Choose(0, 3), (key, value) => new StateChange(Key(key), value == 0 ? null : [(byte)value])))
            .Select(batch => batch.DistinctBy(change => change.Key).ToArray())).ToArbitrary();
}
