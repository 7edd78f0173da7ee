using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Primitives;

namespace VideoMesh.Chain.Tests.Consensus;

/// <summary>Who votes, who proposes, and what counts as agreed.</summary>
public sealed class VoterTests
{
    private static readonly Hash256 Block = Keccak.Hash("block"u8);

    [Fact]
    public void More_than_two_thirds_decide_and_exactly_two_thirds_do_not()
    {
        var voters = Set(1, 1, 1);

        Assert.False(voters.IsQuorum(2));
        Assert.True(voters.IsQuorum(3));
        Assert.False(voters.IsBlocking(1));
        Assert.True(voters.IsBlocking(2));
    }

    [Fact]
    public void Two_quorums_share_more_than_a_third_whatever_the_stakes() =>
        Prop.ForAll(Gen.ArrayOf(Gen.Choose(1, int.MaxValue)).Where(clouts => clouts.Length is > 0 and <= 20).ToArbitrary(), ArbMap.Default.ArbFor<uint>(), ArbMap.Default.ArbFor<uint>(), (clouts, left, right) =>
        {
            var voters = Set([.. clouts.Select(clout => (ulong)clout)]);
            UInt128 Power(uint mask) => voters.Voters.Where((_, place) => (mask >> place & 1) == 1).Aggregate(UInt128.Zero, (sum, voter) => sum + voter.Clout.Nano);
            return !voters.IsQuorum(Power(left)) || !voters.IsQuorum(Power(right)) || voters.IsBlocking(Power(left & right));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_certificate_shows_what_its_signatures_show_and_no_more()
    {
        PrivateKey[] keys = [.. Enumerable.Range(1, 4).Select(number => A.Key((uint)number))];
        var voters = new VoterSet(keys.Select((key, index) => new Voter(key.Address, new Amount((ulong)(10 - index)))));
        var votes = keys.Select(key => Vote.Sign("chain", 5, 2, VoteStep.Precommit, Block, key)).ToList();
        var certificate = CommitCertificate.Of(5, 2, Block, votes, voters);
        CertificateRefusal? Check(CommitCertificate changed) => changed.Check("chain", voters);

        Assert.Null(Check(certificate));
        Assert.Null(Check(certificate with { Precommits = certificate.Precommits[..3] }));
        Assert.Equal(CertificateRefusal.NoQuorum, Check(certificate with { Precommits = certificate.Precommits[..2] }));
        Assert.Equal(CertificateRefusal.WrongSignature, Check(certificate with { Round = 3 }));
        Assert.Equal(CertificateRefusal.WrongSignature, certificate.Check("another", voters));
        Assert.Equal(CertificateRefusal.UnknownVoter, Check(certificate with { Precommits = [.. certificate.Precommits.Reverse()] }));
        Assert.Equal(CertificateRefusal.UnknownVoter, Check(certificate with { Precommits = [certificate.Precommits[0], .. certificate.Precommits] }));
        Assert.Equal(CertificateRefusal.UnknownVoter, Check(certificate with { Precommits = [.. certificate.Precommits, new(4, certificate.Precommits[0].Signature)] }));
        Assert.Equal(
            CertificateRefusal.WrongSignature,
            Check(certificate with { Precommits = [certificate.Precommits[0] with { Signature = certificate.Precommits[1].Signature }, .. certificate.Precommits[1..]] }));
    }

    [Fact]
    public void Nobody_votes_under_two_places()
    {
        using var key = A.Key(1);

        Assert.Throws<ArgumentException>(() => new VoterSet([new Voter(key.Address, new Amount(2)), new Voter(key.Address, new Amount(1))]));
    }

    [Fact]
    public void Prevotes_and_votes_for_other_blocks_make_no_certificate()
    {
        using var key = A.Key(1);
        var voters = new VoterSet([new Voter(key.Address, new Amount(1))]);
        Vote[] votes = [Vote.Sign("chain", 5, 2, VoteStep.Prevote, Block, key), Vote.Sign("chain", 5, 2, VoteStep.Precommit, null, key)];

        Assert.Empty(CommitCertificate.Of(5, 2, Block, votes, voters).Precommits);
    }

    [Fact]
    public void Each_voter_has_one_turn_in_a_cycle_and_the_cycles_differ()
    {
        var voters = Set(5, 4, 3, 2, 1);
        var order = Order(voters, height: 9);
        var turns = Enumerable.Range(0, 500).Select(round => order.Of((uint)round)).Chunk(5).ToList();

        Assert.All(turns, cycle => Assert.Equal(5, cycle.Distinct().Count()));
        Assert.True(turns.Select(cycle => string.Join(' ', cycle)).Distinct(StringComparer.Ordinal).Count() > 20);
        Assert.Equal(order.Of(499), Order(voters, height: 9).Of(499));
    }

    [Fact]
    public void The_first_turn_falls_to_each_as_often_as_its_clout_says()
    {
        var voters = Set(60, 30, 10);

        var first = Enumerable.Range(0, 5000).Select(height => Order(voters, (ulong)height).Of(0)).CountBy(address => address).ToDictionary();

        Assert.All(voters.Voters, voter => Assert.InRange(first[voter.Address], 5000 * ((double)voter.Clout.Nano - 3) / 100, 5000 * ((double)voter.Clout.Nano + 3) / 100));
    }

    [Fact]
    public void Who_has_no_clout_now_or_sits_out_is_passed_over()
    {
        var seats = Set(4, 3, 2, 1);
        var voters = new VoterSet(seats.Voters.Skip(1));
        var idle = voters.Voters[0].Address;
        var order = new ProposerOrder(Block, 9, seats, voters, address => address == idle);

        Assert.Equal(voters.Voters.Skip(1).Select(voter => voter.Address).Order(), Enumerable.Range(0, 2).Select(round => order.Of((uint)round)).Order());
        Assert.Equal(voters.Voters.Select(voter => voter.Address).Order(), Enumerable.Range(0, 3).Select(round => new ProposerOrder(Block, 9, seats, voters, _ => true).Of((uint)round)).Order());
    }

    private static ProposerOrder Order(VoterSet voters, ulong height) => new(Block, height, voters, voters, _ => false);

    private static VoterSet Set(params ulong[] clouts) => new(clouts.Select((clout, index) => new Voter(new Address(Keccak.Hash(BitConverter.GetBytes(index)).ToArray().AsSpan(12)), new Amount(clout))));
}
