using Microsoft.Extensions.Logging;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Engine;

public sealed class ActorHostTests
{
    [Fact]
    public async Task Logs_every_failure_with_its_actor_and_cause()
    {
        var log = new Lines();
        using var system = ActorHost.Start("hosted", log);

        system.ActorOf(TestActor.Of(ActorRefs.Nobody, "a"), "culprit").Tell(new OopsException("told so"));

        await Eventually.TrueAsync(() => log.Any(LogLevel.Error, "/user/culprit", "told so"));
    }

    [Fact]
    public async Task Logs_what_reached_nobody_without_alarm()
    {
        var log = new Lines();
        using var system = ActorHost.Start("hosted", log);
        var actor = system.ActorOf(Props.Create(() => new Deaf()).WithMailbox(ActorHost.BoundedMailbox));
        Assert.True(await actor.GracefulStop(Eventually.Limit));

        actor.Tell("too late");

        await Eventually.TrueAsync(() => log.Any(LogLevel.Debug, "too late", "DeadLetter"));
    }

    private sealed class Deaf : ReceiveActor;

    private sealed class Lines : ILogger
    {
        private readonly Lock _gate = new();
        private readonly List<(LogLevel Level, string Text)> _lines = [];

        public bool Any(LogLevel level, params string[] parts)
        {
            lock (_gate)
            {
                return _lines.Exists(line => line.Level == level && parts.All(part => line.Text.Contains(part, StringComparison.Ordinal)));
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_gate)
            {
                _lines.Add((logLevel, formatter(state, exception) + exception?.Message));
            }
        }
    }
}
