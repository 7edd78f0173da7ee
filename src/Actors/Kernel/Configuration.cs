using System.Collections.Immutable;
using System.Globalization;
using VideoMesh.Actors.Kernel.Engine;

namespace VideoMesh.Actors.Kernel.Configuration;

/// <summary>Reads the configuration of a system.</summary>
public static class ConfigurationFactory
{
    /// <summary>
    /// Reads named mailboxes written in a small part of HOCON: objects in braces, keys with dots, <c>=</c> or <c>:</c>, plain or quoted
    /// values, one setting a line, comments. Everything under <c>akka</c> is for Akka.NET and read past. A bounded mailbox is
    /// <code>
    /// inbox { mailbox-type = "Akka.Dispatch.BoundedMailbox, Akka", mailbox-capacity = 1000, mailbox-push-timeout-time = 0s }
    /// </code>
    /// and what comes while it is full is a dead letter at once. An actor with a stash needs a
    /// <c>Akka.Dispatch.BoundedDequeBasedMailbox</c>; what it unstashes does not count.
    /// </summary>
    /// <exception cref="ConfigurationException">It is not written so, or asks for what the engine does not do.</exception>
    public static Config ParseString(string hocon)
    {
        ArgumentNullException.ThrowIfNull(hocon);
        return new Config(HoconReader.Read(hocon));
    }
}

/// <summary>The configuration of a system.</summary>
public sealed class Config
{
    private readonly ImmutableDictionary<string, string> _settings;

    internal Config(ImmutableDictionary<string, string> settings) => _settings = settings;

    internal static Config Empty { get; } = new(ImmutableDictionary<string, string>.Empty);

    /// <returns>The most messages the mailbox holds; 0: no bound.</returns>
    internal int MailboxOf(string name, bool stashing)
    {
        var type = _settings.GetValueOrDefault(name + ".mailbox-type")?.Split(',')[0].Trim()
            ?? throw new ConfigurationException($"Mailbox Type [{name}] not configured");
        if (stashing && !type.EndsWith("DequeBasedMailbox", StringComparison.Ordinal))
        {
            throw new ConfigurationException($"An actor with a stash requires a deque-based mailbox, [{name}] is {type}");
        }

        switch (type)
        {
            case "Akka.Dispatch.UnboundedMailbox" or "Akka.Dispatch.UnboundedDequeBasedMailbox":
                return 0;
            case "Akka.Dispatch.BoundedMailbox" or "Akka.Dispatch.BoundedDequeBasedMailbox":
                break;
            default:
                throw new ConfigurationException($"Mailbox [{name}] is of a type this engine does not have: {type}");
        }

        if (_settings.GetValueOrDefault(name + ".mailbox-push-timeout-time") is not ("0" or "0s" or "0ms"))
        {
            throw new ConfigurationException($"Mailbox [{name}] must say mailbox-push-timeout-time = 0s: nobody waits for room.");
        }

        return int.TryParse(_settings.GetValueOrDefault(name + ".mailbox-capacity"), NumberStyles.None, CultureInfo.InvariantCulture, out var capacity) && capacity > 0
            ? capacity
            : throw new ConfigurationException($"Mailbox [{name}] must say a mailbox-capacity above 0.");
    }
}

/// <summary>The configuration of a system cannot be read, or has no mailbox of the asked name.</summary>
#pragma warning disable CA1032 // the constructors are Akka.NET's
public sealed class ConfigurationException(string message) : AkkaException(message);
#pragma warning restore CA1032
