using FsCheck;
using FsCheck.Fluent;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Engine;

public sealed class MessagingTests : EngineTest
{
    [Fact]
    public async Task Handles_the_messages_of_one_sender_in_order()
    {
        var probe = NewProbe();
        for (var i = 0; i < 10_000; i++)
        {
            probe.Ref.Tell(i);
        }

        await probe.ExpectInOrder([.. Enumerable.Range(0, 10_000)]);
    }

    [Fact]
    public async Task Handles_one_message_at_a_time_whatever_the_number_of_senders()
    {
        var counter = System.ActorOf(Props.Create(() => new Counter()));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                counter.Tell(new Counter.Add(sender, i));
            }
        })));

        var result = await Eventually.Ends(counter.Ask<Counter.Result>("result"));

        Assert.Equal(40_000, result.Count);
        Assert.False(result.Overlapped);
        Assert.False(result.Reordered);
    }

    [Fact]
    public async Task Handles_no_other_message_while_an_asynchronous_handler_waits()
    {
        var probe = NewProbe();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = System.ActorOf(Props.Create(() => new Waiter(gate.Task, probe.Ref)));
        probe.Tell(actor, "wait");
        probe.Tell(actor, "next");
        await probe.Expect("waiting");

        gate.SetResult();

        await probe.ExpectInOrder("resumed", "next");
    }

    [Fact]
    public async Task Keeps_self_and_sender_across_an_await()
    {
        var probe = NewProbe();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = System.ActorOf(Props.Create(() => new Waiter(gate.Task, ActorRefs.Nobody)));
        probe.Tell(actor, "who");
        gate.SetResult();

        Assert.Equal((actor, probe.Ref), await probe.Expect<(IActorRef, IActorRef)>());
    }

    [Fact]
    public async Task Fails_for_its_supervisor_when_an_asynchronous_handler_fails()
    {
        var probe = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new Waiter(Task.FromException(new OopsException()), probe.Ref)));
        probe.Tell(actor, "wait");
        probe.Tell(actor, "next");

        await probe.ExpectInOrder("waiting", "restarted by OopsException", "next");
    }

    [Fact]
    public async Task Tells_on_behalf_of_the_sender_when_it_forwards()
    {
        var probe = NewProbe();
        var target = NewProbe();
        var forwarder = System.ActorOf(Props.Create(() => new Forwarder(target.Ref)));

        probe.Tell(forwarder, "letter");

        await target.Expect("letter");
        Assert.Equal(probe.Ref, target.LastSender);
    }

    [Fact]
    public async Task Shows_dead_letters_as_the_sender_when_nobody_said()
    {
        var target = NewProbe();
        target.Ref.Tell("anonymous");

        await target.Expect("anonymous");
        Assert.Equal(System.DeadLetters, target.LastSender);
    }

    [Fact]
    public async Task Publishes_what_no_handler_took()
    {
        var unhandled = Subscribed<UnhandledMessage>();
        var probe = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new Chooser()));
        probe.Tell(actor, 3.5);

        var message = await unhandled.Expect<UnhandledMessage>();

        Assert.Equal((3.5, probe.Ref, actor), ((double)message.Message, message.Sender, message.Recipient));
    }

    [Theory]
    [InlineData(-1, "negative")]
    [InlineData(0, "zero")]
    [InlineData(7, "odd")]
    [InlineData(8, "number")]
    public async Task Takes_the_first_handler_that_fits(int number, string expected)
    {
        var actor = System.ActorOf(Props.Create(() => new Chooser()));

        Assert.Equal(expected, await actor.Ask<string>(number, Eventually.Limit));
    }

    [Fact]
    public async Task Changes_behaviour_and_back()
    {
        var actor = System.ActorOf(Props.Create(() => new Chameleon()));
        async Task<string> Colour() => await actor.Ask<string>("colour", Eventually.Limit);

        Assert.Equal("green", await Colour());
        actor.Tell("push red");
        Assert.Equal("red", await Colour());
        actor.Tell("swap blue");
        Assert.Equal("blue", await Colour());
        actor.Tell("pop");
        Assert.Equal("green", await Colour());
        actor.Tell("pop");
        Assert.Equal("green", await Colour());
    }

    [Fact]
    public async Task Refuses_a_handler_after_one_that_takes_all()
    {
        var log = Subscribed<LogEvent>();
        System.ActorOf(Props.Create(() => new TooLate()), "too-late");

        var failure = await log.Expect<LogEvent>();

        Assert.IsType<ActorInitializationException>(failure.Cause);
    }

    [Fact]
    public async Task Plays_a_long_game_of_ping_pong_without_growing_the_stack()
    {
        var probe = NewProbe();
        var left = System.ActorOf(Props.Create(() => new Player(probe.Ref)));
        var right = System.ActorOf(Props.Create(() => new Player(probe.Ref)));

        left.Tell(200_000, right);

        await probe.Expect("over");
    }

    [Fact]
    public async Task Tells_itself_a_tasks_result_or_its_failure()
    {
        var probe = NewProbe();

        await Task.FromResult("done").PipeTo(probe.Ref);
        await Task.FromException<string>(new OopsException()).PipeTo(probe.Ref);
        await Task.CompletedTask.PipeTo(probe.Ref, success: () => "told");
        await Task.FromException(new OopsException("again")).PipeTo(probe.Ref, failure: e => e.Message);

        await probe.Expect("done");
        Assert.IsType<OopsException>((await probe.Expect<Status.Failure>()).Cause);
        await probe.ExpectInOrder("told", "again");
    }

    [Fact]
    public void Keeps_each_senders_order_for_any_interleaving_of_tells_restarts_and_stops() =>
        Prop.ForAll(
            Gen.Choose(0, 99).ListOf(60).ToArbitrary(),
            script => Chaos.Holds(System, script).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    private sealed class Counter : ReceiveActor
    {
        private readonly Dictionary<int, int> _last = [];
        private int _inside;
        private int _count;
        private bool _overlapped;
        private bool _reordered;

        public Counter()
        {
            Receive<Add>(add =>
            {
                _overlapped |= Interlocked.Increment(ref _inside) != 1;
                _reordered |= add.Number != _last.GetValueOrDefault(add.Sender, -1) + 1;
                _last[add.Sender] = add.Number;
                _count++;
                Interlocked.Decrement(ref _inside);
            });
            Receive<string>(_ => Sender.Tell(new Result(_count, _overlapped, _reordered)));
        }

        public sealed record Add(int Sender, int Number);

        public sealed record Result(int Count, bool Overlapped, bool Reordered);
    }

    private sealed class Waiter : ReceiveActor
    {
        private readonly IActorRef _log;

        public Waiter(Task gate, IActorRef log)
        {
            _log = log;
            ReceiveAsync<string>(
                async _ =>
                {
                    log.Tell("waiting");
                    await Task.Yield();
                    await gate;
                    log.Tell("resumed");
                },
                message => message is "wait");
            ReceiveAsync<string>(message => message is "who", async _ =>
            {
                await gate;
                await Task.Yield();
                Context.Sender.Tell((Self, Sender));
            });
            Receive<string>(message => log.Tell(message));
        }

        protected override void PostRestart(Exception reason)
        {
            _log.Tell($"restarted by {reason.GetType().Name}");
            base.PostRestart(reason);
        }
    }

    private sealed class Forwarder : ReceiveActor
    {
        public Forwarder(IActorRef target) => ReceiveAny(target.Forward);
    }

    private sealed class Chooser : ReceiveActor
    {
        public Chooser()
        {
            Receive<int>(_ => Sender.Tell("negative"), n => n < 0);
            Receive<int>(n => n == 0, _ => Sender.Tell("zero"));
            Receive<int>(n =>
            {
                if (n % 2 == 0)
                {
                    return false;
                }

                Sender.Tell("odd");
                return true;
            });
            Receive<int>(_ => Sender.Tell("number"));
        }
    }

    private sealed class Chameleon : ReceiveActor
    {
        public Chameleon() => Green();

        private void Green()
        {
            Receive<string>(_ => Sender.Tell("green"), message => message is "colour");
            Receive<string>(_ => BecomeStacked(Red), message => message is "push red");
            Receive<string>(_ => UnbecomeStacked(), message => message is "pop");
        }

        private void Red()
        {
            Receive<string>(_ => Sender.Tell("red"), message => message is "colour");
            Receive<string>(_ => Become(Blue), message => message is "swap blue");
        }

        private void Blue()
        {
            Receive<string>(_ => Sender.Tell("blue"), message => message is "colour");
            Receive<string>(_ => UnbecomeStacked(), message => message is "pop");
        }
    }

    private sealed class TooLate : ReceiveActor
    {
        public TooLate()
        {
            ReceiveAny(_ => { });
            Receive<string>(_ => { });
        }
    }

    private sealed class Player : ReceiveActor
    {
        public Player(IActorRef referee) => Receive<int>(left =>
        {
            if (left == 0)
            {
                referee.Tell("over");
            }
            else
            {
                Sender.Tell(left - 1);
            }
        });
    }
}
