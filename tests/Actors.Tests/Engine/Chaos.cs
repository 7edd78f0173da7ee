using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Engine;

/// <summary>
/// Three senders tell one actor numbers while a script makes it fail, wait and, at last, stop. Whatever the interleaving: the actor is
/// never inside two handlers, and of each sender it sees a growing row of numbers, of which only those it failed on are missing.
/// </summary>
internal static class Chaos
{
    private const int Senders = 3;

    public static async Task<bool> Holds(ActorSystem system, IReadOnlyList<int> script)
    {
        var seen = new Seen();
        var probe = Probe.On(system);
        var actor = system.ActorOf(Props.Create(() => new Victim(seen)));
        await probe.Watch(actor);
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < script.Count; i++)
            {
                actor.Tell(new Number(sender, i, script[(i + (sender * 7)) % script.Count] switch
                {
                    < 10 => Deed.Fail,
                    < 20 => Deed.FailLater,
                    < 35 => Deed.Wait,
                    _ => Deed.Note,
                }));
            }
        })));
        actor.Tell(PoisonPill.Instance);
        await probe.Expect<Terminated>();
        return !seen.Overlapped && Enumerable.Range(0, Senders).All(sender =>
            seen.Numbers.Where(n => n.Sender == sender).Select(n => n.Index).SequenceEqual(Enumerable.Range(0, script.Count)));
    }

    private enum Deed
    {
        Note,
        Wait,
        Fail,
        FailLater,
    }

    private sealed record Number(int Sender, int Index, Deed Deed);

    private sealed class Seen
    {
        private int _inside;

        public List<Number> Numbers { get; } = [];

        public bool Overlapped { get; private set; }

        public void Enter(Number number)
        {
            Overlapped |= Interlocked.Increment(ref _inside) != 1;
            Numbers.Add(number);
        }

        public void Leave() => Interlocked.Decrement(ref _inside);
    }

    private sealed class Victim : ReceiveActor
    {
        public Victim(Seen seen)
        {
            Receive<Number>(
                number =>
                {
                    seen.Enter(number);
                    seen.Leave();
                    if (number.Deed == Deed.Fail)
                    {
                        throw new OopsException();
                    }
                },
                number => number.Deed is Deed.Note or Deed.Fail);
            ReceiveAsync<Number>(async number =>
            {
                seen.Enter(number);
                await Task.Yield();
                seen.Leave();
                if (number.Deed == Deed.FailLater)
                {
                    throw new OopsException();
                }
            });
        }
    }
}
