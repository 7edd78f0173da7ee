using VideoMesh.Actors.Kernel.Configuration;

namespace VideoMesh.Actors.Tests.Kernel;

public sealed class ConfigurationTests
{
    [Theory]
    [InlineData("a { mailbox-type = \"Akka.Dispatch.BoundedMailbox, Akka\"\n mailbox-capacity = 7\n mailbox-push-timeout-time = 0s }")]
    [InlineData("a { mailbox-type : Akka.Dispatch.BoundedMailbox, mailbox-capacity : 7, mailbox-push-timeout-time : 0ms } # a comment")]
    [InlineData("// first\na.mailbox-type = \"Akka.Dispatch.BoundedMailbox\"\na.mailbox-capacity=7\na.mailbox-push-timeout-time=0s")]
    [InlineData("a = {\n mailbox-type = \"Akka.Dispatch.BoundedMailbox\" # type\n mailbox-capacity = 9\n mailbox-push-timeout-time = 0s\n}\na.mailbox-capacity = 7")]
    public void Reads_a_mailbox_however_it_is_written(string text) => Assert.Equal(7, ConfigurationFactory.ParseString(text).MailboxOf("a", stashing: false));

    [Theory]
    [InlineData("a {")]
    [InlineData("a }")]
    [InlineData("a")]
    [InlineData("a = ")]
    [InlineData("= 7")]
    [InlineData("a = [1, 2]")]
    [InlineData("a = ${b}")]
    [InlineData("a = \"unclosed")]
    [InlineData("a += 7")]
    public void Refuses_what_it_cannot_read(string text) => Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseString(text));

    [Theory]
    [InlineData("b.mailbox-capacity = 7")]
    [InlineData("a.mailbox-type = MyOwn\na.mailbox-capacity = 7\na.mailbox-push-timeout-time = 0s")]
    [InlineData("a.mailbox-type = Akka.Dispatch.BoundedMailbox\na.mailbox-capacity = 0\na.mailbox-push-timeout-time = 0s")]
    [InlineData("a.mailbox-type = Akka.Dispatch.BoundedMailbox\na.mailbox-capacity = many\na.mailbox-push-timeout-time = 0s")]
    [InlineData("a.mailbox-type = Akka.Dispatch.BoundedMailbox\na.mailbox-capacity = 7\na.mailbox-push-timeout-time = 10s")]
    [InlineData("a.mailbox-type = Akka.Dispatch.BoundedMailbox\na.mailbox-capacity = 7")]
    public void Refuses_a_mailbox_the_engine_does_not_have(string text)
    {
        var config = ConfigurationFactory.ParseString(text);

        Assert.Throws<ConfigurationException>(() => config.MailboxOf("a", stashing: false));
    }

    [Fact]
    public void Refuses_an_actor_with_a_stash_a_mailbox_without_two_ends()
    {
        var config = ConfigurationFactory.ParseString("a.mailbox-type = Akka.Dispatch.BoundedMailbox\na.mailbox-capacity = 7\na.mailbox-push-timeout-time = 0s");

        Assert.Throws<ConfigurationException>(() => config.MailboxOf("a", stashing: true));
    }
}
