using Microsoft.Extensions.Logging;

namespace VideoMesh.Actors;

/// <summary>Starts a node's actor system the same way under either engine: silent on the console, failures in the node's log.</summary>
public static class ActorHost
{
    /// <summary>
    /// The name of a mailbox that holds 1,000 messages, for <c>Props.WithMailbox</c>. What comes while it is full is a dead letter at
    /// once. Not for actors with a stash.
    /// </summary>
    public const string BoundedMailbox = "bounded-mailbox";

    // Standard output belongs to the commands (--json prints one object there), so Akka.NET's own loggers stay off.
    private const string Settings = """
        akka { loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off, log-dead-letters-during-shutdown = off }
        bounded-mailbox {
          mailbox-type = "Akka.Dispatch.BoundedMailbox, Akka"
          mailbox-capacity = 1000
          mailbox-push-timeout-time = 0s
        }
        """;

    /// <param name="name">Letters, digits and hyphens.</param>
    /// <param name="log">Gets every actor's failure, with its cause, and at debug level every message that reached nobody.</param>
    public static ActorSystem Start(string name, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(log);
        var system = ActorSystem.Create(name, ConfigurationFactory.ParseString(Settings));
        var scribe = system.ActorOf(Props.Create(() => new Scribe(log)), "log");
        system.EventStream.Subscribe(scribe, typeof(LogEvent));
        system.EventStream.Subscribe(scribe, typeof(AllDeadLetters));
        return system;
    }

    private sealed class Scribe : ReceiveActor
    {
        public Scribe(ILogger log)
        {
            Receive<LogEvent>(e => log.LogError(e.Cause, "{Actor}: {Message}", e.LogSource, e.Message), e => e.Cause is not null);
            Receive<LogEvent>(e => log.LogDebug("{Actor}: {Message}", e.LogSource, e.Message));
            Receive<AllDeadLetters>(letter => log.LogDebug("{Letter}", letter));
        }
    }
}
