using System.Diagnostics;
using VideoMesh.Actors.Tests.Engine;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Kernel;

public sealed class SchedulingTests : EngineTest
{
    [Fact]
    public void Refuses_null() => Assert.Throws<InvalidMessageException>(() => NewProbe().Ref.Tell(null!));

    [Fact]
    public async Task Holds_no_thread_for_an_idle_actor()
    {
        var actors = Enumerable.Range(0, 5_000).Select(_ => System.ActorOf(Props.Create(() => new Quiet()))).ToArray();
        await Task.WhenAll(actors.Select(a => a.Ask<string>("ping", Eventually.Limit)));

        using var process = Process.GetCurrentProcess();
        Assert.InRange(process.Threads.Count, 1, 500);
    }

    [Fact]
    public async Task Lets_others_work_beside_an_actor_that_never_runs_out_of_messages()
    {
        var busy = Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => System.ActorOf(Props.Create(() => new Restless()))).ToArray();
        foreach (var actor in busy)
        {
            actor.Tell("go on");
        }

        var quiet = System.ActorOf(Props.Create(() => new Quiet()));
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("pong", await quiet.Ask<string>("ping", Eventually.Limit));
        }
    }

    [Fact]
    public async Task Loses_no_wake_up_when_many_tell_an_actor_that_falls_asleep()
    {
        var counter = System.ActorOf(Props.Create(() => new Counting()));
        for (var round = 1; round <= 300; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => counter.Tell(1))));
            Assert.Equal(4 * round, await Eventually.Ends(counter.Ask<int>("count")));
        }
    }

    [Fact]
    public async Task Yields_many_times_without_growing_the_stack()
    {
        var actor = System.ActorOf(Props.Create(() => new Yielder()));

        Assert.Equal(20_000, await Eventually.Ends(actor.Ask<int>(20_000)));
    }

    [Fact]
    public async Task Lets_others_work_beside_a_handler_that_never_stops_yielding()
    {
        foreach (var actor in Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => System.ActorOf(Props.Create(() => new Yielder()))).ToArray())
        {
            actor.Tell(int.MaxValue);
        }

        var quiet = System.ActorOf(Props.Create(() => new Quiet()));
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("pong", await quiet.Ask<string>("ping", Eventually.Limit));
        }
    }

    private sealed class Yielder : ReceiveActor
    {
        public Yielder() => ReceiveAsync<int>(async times =>
        {
            for (var i = 0; i < times; i++)
            {
                await Task.Yield();
            }

            Sender.Tell(times);
        });
    }

    private sealed class Quiet : ReceiveActor
    {
        public Quiet() => ReceiveAny(_ => Sender.Tell("pong"));
    }

    private sealed class Restless : ReceiveActor
    {
        public Restless() => ReceiveAny(Self.Tell);
    }

    private sealed class Counting : ReceiveActor
    {
        private int _count;

        public Counting()
        {
            Receive<int>(n => _count += n);
            Receive<string>(_ => Sender.Tell(_count));
        }
    }
}
