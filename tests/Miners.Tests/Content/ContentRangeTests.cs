using VideoMesh.Miners.Content;

namespace VideoMesh.Miners.Tests.Content;

public sealed class ContentRangeTests
{
    private const string ETag = "\"abc\"";

    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=0-", 0, 100)]
    [InlineData("bytes=99-", 99, 1)]
    [InlineData("bytes=10-19", 10, 10)]
    [InlineData("BYTES= 10-19 ", 10, 10)]
    [InlineData("bytes=10-1000", 10, 90)]
    [InlineData("bytes=10-9223372036854775807", 10, 90)]
    [InlineData("bytes=-1", 99, 1)]
    [InlineData("bytes=-1000", 0, 100)]
    public void Gives_the_part_asked_for(string range, long first, long length) =>
        Assert.Equal(new ContentRange.Part(first, length), ContentRange.Decide(range, null, ETag, 100));

    [Theory]
    [InlineData("bytes=100-")]
    [InlineData("bytes=100-200")]
    [InlineData("bytes=9223372036854775807-")]
    [InlineData("bytes=-0")]
    public void Refuses_what_lies_outside(string range) =>
        Assert.IsType<ContentRange.Unsatisfiable>(ContentRange.Decide(range, null, ETag, 100));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("bytes=")]
    [InlineData("bytes=-")]
    [InlineData("bytes=5")]
    [InlineData("bytes=9-5")]
    [InlineData("bytes=1-2,5-6")]
    [InlineData("bytes=--5")]
    [InlineData("bytes=+1-5")]
    [InlineData("bytes=1 -5")]
    [InlineData("bytes=0x1-5")]
    [InlineData("bytes=99999999999999999999-")]
    [InlineData("seconds=1-2")]
    public void Ignores_what_is_no_single_byte_range(string? range) =>
        Assert.IsType<ContentRange.Whole>(ContentRange.Decide(range, null, ETag, 100));

    [Fact]
    public void Gives_the_whole_when_the_client_has_parts_of_something_else()
    {
        Assert.IsType<ContentRange.Whole>(ContentRange.Decide("bytes=1-2", "\"other\"", ETag, 100));
        Assert.IsType<ContentRange.Part>(ContentRange.Decide("bytes=1-2", ETag, ETag, 100));
    }

    [Fact]
    public void Empty_content_has_no_parts() =>
        Assert.IsType<ContentRange.Unsatisfiable>(ContentRange.Decide("bytes=0-", null, ETag, 0));
}
