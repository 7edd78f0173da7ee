using VideoMesh.Actors.Proofs;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Proofs;

namespace VideoMesh.Actors.Tests.Proofs;

/// <summary>A verifier among dropped transactions, deaf holders of sources and its own deaths at any moment, from a seed.</summary>
public sealed class ProofSimulationTests
{
    private const int Challenges = 6;
    private const ulong Blocks = 1000;
    private static readonly ProofOptions Patient = new() { Tries = 100 };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_happens_it_says_one_thing_to_each_challenge_and_says_it_in_time(int firstSeed)
    {
        for (var seed = firstSeed * 1000; seed < (firstSeed * 1000) + 25; seed++)
        {
            new Run(seed).Go();
        }
    }

    private sealed class Run(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly Dictionary<Hash256, FoundPackets> _disk = [];
        private readonly Dictionary<Hash256, Challenge> _ledger = [];
        private readonly Dictionary<Hash256, Hash256> _said = [];
        private readonly List<ProofCall> _pool = [];
        private readonly List<ProofEffect> _running = [];
        private ProofState _state = Seats.New(Patient);
        private ulong _height = 1;

        private string Seed => $"seed {seed}, height {_height}";

        public void Go()
        {
            for (var segment = 0; segment < Challenges; segment++)
            {
                _ledger[Seats.Id(segment)] = Seats.Drawn(segment, deadline: Blocks / 2);
            }

            for (; _height < Blocks; _height++)
            {
                Block();
                Act();
                if (_random.Next(20) == 0)
                {
                    Die();
                }
            }

            Assert.True(_ledger.Values.All(challenge => challenge.Phase == ChallengePhase.Decided), $"{Seed}: {string.Join(", ", _ledger.Values.Select(challenge => challenge.Phase))}");
            _ledger.Clear();
            Block();
            Assert.True(_disk.Count == 0, $"{Seed}: what is settled is forgotten");
        }

        private void Block()
        {
            foreach (var call in _pool.ToList())
            {
                if (call.Until < _height || _random.Next(3) == 0)
                {
                    _pool.Remove(call);
                    if (call.Until >= _height && _random.Next(4) > 0)
                    {
                        Take(call);
                    }
                }
            }

            foreach (var (id, challenge) in _ledger.ToList())
            {
                Assert.True(_height <= challenge.Deadline || challenge.Phase == ChallengePhase.Decided, $"{Seed}: {challenge.Phase} of {challenge.Segment} came too late");
                if (challenge.Phase == ChallengePhase.Open && _random.Next(3) == 0)
                {
                    _ledger[id] = challenge.Opened(Seats.Truth(challenge.Segment)) with { Deadline = _height + 100 };
                }
            }

            var effects = new List<ProofEffect>();
            Carry(_state.Advance(Seats.View(_height, _ledger.Values), effects), effects);
        }

        private void Take(ProofCall call)
        {
            var challenge = _ledger[call.Challenge];
            switch (call.Operation)
            {
                case ContractOperation.Commit commit when challenge.Phase == ChallengePhase.Commit:
                    Assert.Equal(Seats.Bond, call.Bond);
                    _ledger[challenge.Id] = challenge.Committed(commit.Commitment) with { Deadline = _height + 100 };
                    break;
                case ContractOperation.Reveal reveal when challenge.Phase == ChallengePhase.Reveal:
                    var shown = Challenge.Commitment(challenge.Id, reveal.Packets, reveal.Salt, Seats.Verifier);
                    Assert.True(shown == challenge.Seats[0].Commitment, $"{Seed}: a reveal does not fit its commitment");
                    _ledger[challenge.Id] = challenge.Revealed(reveal.Packets);
                    break;
            }
        }

        private void Act()
        {
            var effects = new List<ProofEffect>();
            if (_random.Next(2) == 0)
            {
                var segment = _random.Next(Challenges);
                Carry(_state.Offered(_random.Next(4) == 0 ? Seats.Other : _random.Next(2) == 0 ? Seats.Client : Seats.Miner, Seats.Offer(segment), effects), effects);
            }

            if (_running.Count > 0 && _random.Next(2) == 0)
            {
                var ended = _running[_random.Next(_running.Count)];
                _running.Remove(ended);
                effects = [];
                var salt = Keccak.Hash(BitConverter.GetBytes(_random.Next()));
                Carry(ended is ProofEffect.Encode encode ? _state.Encoded(encode.Challenge, Own(encode), salt, effects) : Fetched((ProofEffect.Fetch)ended, effects), effects);
            }
        }

        private ProofState Fetched(ProofEffect.Fetch fetch, List<ProofEffect> effects) => _state.Fetched(fetch.Offer.Challenge, fetch.From, _random.Next(8) > 0, effects);

        private OwnEncode Own(ProofEffect.Encode encode) => _random.Next(10) == 0
            ? new OwnEncode.Failed(InconclusiveReason.VerifierFailed)
            : new OwnEncode.Done(Seats.Truth(_ledger[encode.Challenge].Segment), TimeSpan.FromSeconds(1));

        // It may die after it kept what it found and before anything else.
        private void Carry(ProofState next, List<ProofEffect> effects)
        {
            foreach (var keep in effects.OfType<ProofEffect.Keep>())
            {
                Assert.True(_disk.TryAdd(keep.Found.Challenge, keep.Found), $"{Seed}: a second answer to one challenge");
                if (_random.Next(6) == 0)
                {
                    Die();
                    return;
                }
            }

            _state = next;
            foreach (var effect in effects)
            {
                switch (effect)
                {
                    case ProofEffect.Send { Call: var call }:
                        Say(call);
                        break;
                    case ProofEffect.Fetch or ProofEffect.Encode:
                        _running.Add(effect);
                        break;
                    case ProofEffect.StopFetching or ProofEffect.Release:
                        _running.RemoveAll(running => running is ProofEffect.Fetch fetch && fetch.Offer.Challenge == ((effect as ProofEffect.StopFetching)?.Challenge ?? ((ProofEffect.Release)effect).Challenge));
                        break;
                    case ProofEffect.Forget forget:
                        _disk.Remove(forget.Challenge);
                        break;
                }
            }

            Assert.True(_running.OfType<ProofEffect.Encode>().Count() <= 1, $"{Seed}: two encodes at once");
            Assert.True(_running.OfType<ProofEffect.Fetch>().Count() <= _state.Options.Fetches, $"{Seed}: too many fetches at once");
        }

        private void Say(ProofCall call)
        {
            if (call.Operation is ContractOperation.Commit commit)
            {
                Assert.True(_disk.TryGetValue(call.Challenge, out var kept) && kept.CommitmentOf(Seats.Verifier) == commit.Commitment, $"{Seed}: said before it was kept");
                Assert.True(_said.TryAdd(call.Challenge, commit.Commitment) || _said[call.Challenge] == commit.Commitment, $"{Seed}: two different commitments");
            }

            if (_random.Next(4) > 0)
            {
                _pool.Add(call);
                _state = _state.Sent(call);
            }
        }

        private void Die()
        {
            _running.Clear();
            _state = Seats.New(Patient, _disk.Values);
        }
    }
}
