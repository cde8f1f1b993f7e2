using Xunit;

namespace KafkaDatasets.Tests.Ranges;

/// <summary>What <see cref="ReadState.Parse"/> says about JSON that is no state.</summary>
public sealed class ReadStateTests
{
    [Theory]
    [InlineData("nonsense", "invalid")]
    [InlineData("null", "an object with 'version' is expected, not null.")]
    [InlineData("3", "an object with 'version' is expected")]
    [InlineData("{}", "it has no 'version'.")]
    [InlineData("{\"version\":1000}", "version 1000")]
    [InlineData("{\"version\":4}", "it has no 'place'.")]
    [InlineData("{\"version\":4,\"place\":1}", "it has no '")]
    [InlineData("{\"version\":4,\"place\":1,\"topic\":\"t\",\"snapshot\":\"00\",\"seed\":1}", "it has no 'epoch'.")]
    public void What_is_no_state_is_a_format_exception_that_says_what_is_missing(string json, string why)
    {
        string message = Assert.Throws<FormatException>(() => ReadState.Parse(json)).Message;
        Assert.StartsWith("The JSON is not a read state: ", message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
    }
}
