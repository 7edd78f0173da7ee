using System.Collections.Immutable;
using System.Security.Cryptography;
using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;
using VideoMesh.Miners.Proofs;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Proofs;

/// <summary>Does a verifier's checks: shell of <see cref="ProofState"/>. Keeps what it found, then commits to it, then reveals it.</summary>
public sealed class ProofActor : ReceiveActor
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ProofSetting _setting;
    private readonly Dictionary<Address, Uri?> _peers = [];
    private readonly Dictionary<(Hash256 Challenge, Address? From), CancellationTokenSource> _running = [];
    private ProofState _state;
    private bool _isAsking;
    private bool _asksAgain;

    public ProofActor(ProofSetting setting)
    {
        _setting = setting;
        _state = ProofState.Create(setting.Options, setting.Key.Address, setting.Classes, setting.Journal.Load());

        Receive<LedgerProtocol.BlockAdded>(_ => LookAtLedger());
        Receive<LedgerProtocol.Account>(OnAccount);
        Receive<TakenIn>(OnTakenIn);
        Receive<LedgerSilent>(_ => EndLook());
        Receive<MeshProtocol.PeerUp>(up => _peers[up.Peer.Address] = up.Peer.Profile.Url);
        Receive<MeshProtocol.PeerDown>(down => _peers.Remove(down.Address));
        Receive<MeshProtocol.Received>(OnReceived);
        Receive<MeshProtocol.Undeliverable>(_ => { });
        Receive<Fetched>(fetched => OnEnded((fetched.Challenge, fetched.From), effects => _state.Fetched(fetched.Challenge, fetched.From, fetched.IsHere, effects)));
        Receive<Encoded>(OnEncoded);
        Receive<ProofProtocol.GetStatus>(_ => Sender.Tell(new ProofProtocol.Status(_state.Tasks.Count, _state.Tally)));
    }

    protected override void PreStart()
    {
        _setting.Mesh.Tell(new MeshProtocol.Subscribe(Self, [typeof(Wire.SourceOffered)]));
        _setting.Ledger.Tell(new LedgerProtocol.Subscribe(Self));
        LookAtLedger();
    }

    protected override void PostStop()
    {
        foreach (var challenge in _running.Keys.Select(key => key.Challenge).Distinct().ToList())
        {
            Release(challenge);
        }
    }

    private void LookAtLedger()
    {
        _asksAgain = _isAsking;
        if (!_isAsking)
        {
            _isAsking = true;
            _ = _setting.Ledger.Ask<LedgerProtocol.Account>(new LedgerProtocol.GetAccount(_setting.Key.Address), Patience).PipeTo(Self, failure: _ => LedgerSilent.Instance);
        }
    }

    private void EndLook()
    {
        _isAsking = false;
        if (_asksAgain)
        {
            LookAtLedger();
        }
    }

    private void OnAccount(LedgerProtocol.Account account)
    {
        var effects = new List<ProofEffect>();
        Carry(_state.Advance(ProofView.Of(account.State, _setting.Key.Address, [.. _state.Tasks.Keys]), effects), effects);

        // all the calls of this block at once, one after the other
        var (nonce, until) = (account.NextNonce, account.State.Height + _setting.Options.SendAgainBlocks);
        var calls = effects.OfType<ProofEffect.Send>().Select(send => send.Call).ToList();
        var signed = calls.Select(call => _setting.Key.Sign(call.Operation, call.Bond, _setting.Options.LeastFee, nonce++, call.Until)).ToList();
        if (effects.OfType<ProofEffect.Serve>().Any())
        {
            signed.Add(_setting.Key.Sign(new StakeOperation.Serve(_state.Classes), Amount.Zero, nonce, until));
        }

        if (signed.Count == 0)
        {
            EndLook();
            return;
        }

        _ = _setting.Ledger.Ask<LedgerProtocol.Submitted>(new LedgerProtocol.Submit([.. signed.Select(transaction => new ReadOnlyMemory<byte>(transaction.Encode()))]), Patience)
            .PipeTo(Self, success: submitted => new TakenIn(calls, submitted.Outcomes, until), failure: _ => LedgerSilent.Instance);
    }

    // What the ledger did not take is due again with the next block.
    private void OnTakenIn(TakenIn taken)
    {
        for (var i = 0; i < taken.Outcomes.Length; i++)
        {
            if (taken.Outcomes[i].Reason is not null)
            {
                _setting.Note($"the ledger did not take what a check has to say: {taken.Outcomes[i].Sentence}");
            }
            else
            {
                _state = i < taken.Calls.Count ? _state.Sent(taken.Calls[i]) : _state.Served(taken.Until);
            }
        }

        EndLook();
    }

    private void OnReceived(MeshProtocol.Received received)
    {
        if (received.Message is Wire.SourceOffered message && ProofMessages.TryRead(message, out var offer))
        {
            var effects = new List<ProofEffect>();
            Carry(_state.Offered(received.From, offer, effects), effects);
        }
    }

    private void OnEncoded(Encoded encoded)
    {
        if (encoded.Own is OwnEncode.Failed { Reason: InconclusiveReason.VerifierFailed, Cause: { } cause })
        {
            _setting.Note($"a check failed on this machine: {cause.Message}");
        }

        OnEnded((encoded.Challenge, null), effects => _state.Encoded(encoded.Challenge, encoded.Own, new Hash256(RandomNumberGenerator.GetBytes(Hash256.Size)), effects));
        LookAtLedger();
    }

    // A step that was let go of meanwhile changes nothing any more.
    private void OnEnded((Hash256 Challenge, Address? From) step, Func<List<ProofEffect>, ProofState> next)
    {
        if (_running.Remove(step, out var running))
        {
            running.Dispose();
            var effects = new List<ProofEffect>();
            Carry(next(effects), effects);
        }
    }

    private void Carry(ProofState next, IReadOnlyList<ProofEffect> effects)
    {
        foreach (var keep in effects.OfType<ProofEffect.Keep>())
        {
            _setting.Journal.Keep(keep.Found);
        }

        _state = next;
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case ProofEffect.Forget forget:
                    _setting.Journal.Forget(forget.Challenge);
                    break;
                case ProofEffect.Ask ask:
                    foreach (var holder in new[] { ask.Miner, ask.Client }.Where(_peers.ContainsKey))
                    {
                        _setting.Mesh.Tell(new MeshProtocol.Send(holder, ProofMessages.Wanted(ask.Challenge)));
                    }

                    break;
                case ProofEffect.Fetch fetch:
                    Fetch(fetch.Offer, fetch.From);
                    break;
                case ProofEffect.StopFetching stop:
                    Stop(stop.Challenge);
                    break;
                case ProofEffect.Encode encode:
                    _ = Run((encode.Challenge, null), token => _setting.Work.EncodeAsync(encode.Challenge, encode.Leaf, token))
                        .PipeTo(Self, success: own => new Encoded(encode.Challenge, own), failure: e => new Encoded(encode.Challenge, new OwnEncode.Failed(InconclusiveReason.VerifierFailed, e)));
                    break;
                case ProofEffect.Release release:
                    Release(release.Challenge);
                    break;
                case ProofEffect.Note note:
                    _setting.Note(note.Line);
                    break;
            }
        }
    }

    private void Fetch(SourceOffer offer, Address from)
    {
        var url = _peers.GetValueOrDefault(from);
        if (url is null)
        {
            var (ticket, resultTicket) = _setting.Work.RoomFor(offer);
            _setting.Mesh.Tell(new MeshProtocol.Send(from, ProofMessages.Room(offer.Challenge, ticket, resultTicket)));
        }

        _ = Run((offer.Challenge, from), async token =>
        {
            await _setting.Work.FetchAsync(offer, url, token);
            return true;
        }).PipeTo(Self, success: _ => new Fetched(offer.Challenge, from, IsHere: true), failure: _ => new Fetched(offer.Challenge, from, IsHere: false));
    }

    private Task<T> Run<T>((Hash256 Challenge, Address? From) step, Func<CancellationToken, Task<T>> run)
    {
        var running = new CancellationTokenSource();
        _running.Add(step, running);
        return Task.Run(() => run(running.Token), running.Token);
    }

    private void Release(Hash256 challenge)
    {
        Stop(challenge);
        _setting.Work.Release(challenge);
    }

    private void Stop(Hash256 challenge)
    {
        foreach (var step in _running.Keys.Where(step => step.Challenge == challenge).ToList())
        {
            _running.Remove(step, out var running);
            running!.Cancel();
            running.Dispose();
        }
    }

    private sealed record TakenIn(IReadOnlyList<ProofCall> Calls, ImmutableArray<SubmitOutcome> Outcomes, ulong Until);

    private sealed record Fetched(Hash256 Challenge, Address From, bool IsHere);

    private sealed record Encoded(Hash256 Challenge, OwnEncode Own);

    private sealed record LedgerSilent
    {
        public static LedgerSilent Instance { get; } = new();
    }
}

/// <summary>What the actor that does a verifier's checks is made of.</summary>
/// <param name="Options">How it goes about them.</param>
/// <param name="Key">The verifier's.</param>
/// <param name="Classes">The determinism classes it can check.</param>
/// <param name="Journal">Keeps what it finds.</param>
/// <param name="Work">Fetches and encodes.</param>
/// <param name="Ledger">A <see cref="LedgerActor"/>.</param>
/// <param name="Mesh">A <see cref="MeshActor"/>.</param>
/// <param name="Note">Gets lines for people.</param>
public sealed record ProofSetting(
    ProofOptions Options, VerifierKey Key, ImmutableArray<Hash256> Classes, ProofJournal Journal, IProofWork Work, IActorRef Ledger, IActorRef Mesh, Action<string> Note);
