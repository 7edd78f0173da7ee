using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Engine;

/// <summary>The overflow rule: what comes while a bounded mailbox is full is a dead letter at once, and nobody waits.</summary>
public sealed class MailboxTests : EngineTest
{
    [Fact]
    public async Task Makes_what_does_not_fit_a_dead_letter_and_keeps_what_was_there()
    {
        var letters = Subscribed<DeadLetter>();
        var (log, actor, gate) = await Blocked("three");
        for (var i = 1; i <= 5; i++)
        {
            actor.Tell(i);
        }

        Assert.Equal([4, 5], [(await letters.Expect<DeadLetter>()).Message, (await letters.Expect<DeadLetter>()).Message]);
        gate.SetResult();
        await log.ExpectInOrder(1, 2, 3);
    }

    [Fact]
    public async Task Has_room_again_when_messages_were_handled()
    {
        var (log, actor, gate) = await Blocked("three");
        actor.Tell(1);
        gate.SetResult();
        await log.Expect(1);
        for (var i = 2; i < 500; i++)
        {
            actor.Tell(i);
            await log.Expect(i);
        }
    }

    [Fact]
    public async Task Does_not_bound_the_engines_own_orders()
    {
        var (log, actor, gate) = await Blocked("three");
        for (var i = 1; i <= 3; i++)
        {
            actor.Tell(i);
        }

        await log.Watch(actor);
        System.Stop(actor);

        await log.Expect<Terminated>();
        gate.SetResult();
    }

    [Fact]
    public async Task Lets_an_actor_with_a_stash_have_a_bounded_mailbox()
    {
        var log = NewProbe();
        var actor = System.ActorOf(TestActor.Of(log.Ref, "a").WithMailbox("three-with-stash"));
        await log.ExpectInOrder("a made", "a started");
        actor.Tell("keep 1");
        await Settled(actor);
        actor.Tell("open");

        await log.Expect("a keep 1");
    }

    [Fact]
    public void Refuses_a_mailbox_that_is_not_configured() =>
        Assert.Throws<ConfigurationException>(() => System.ActorOf(TestActor.Of(ActorRefs.Nobody, "a").WithMailbox("unheard-of")));

    private async Task<(Probe Log, IActorRef Actor, TaskCompletionSource Gate)> Blocked(string mailbox)
    {
        var log = NewProbe();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = System.ActorOf(Props.Create(() => new Gated(gate.Task, log.Ref)).WithMailbox(mailbox));
        actor.Tell("wait");
        await log.Expect("waiting");
        return (log, actor, gate);
    }

    private sealed class Gated : ReceiveActor
    {
        public Gated(Task gate, IActorRef log)
        {
            ReceiveAsync<string>(async _ =>
            {
                log.Tell("waiting");
                await gate;
            });
            ReceiveAny(log.Tell);
        }
    }
}
