using KafkaDatasets.Clients;
using Xunit;

namespace KafkaDatasets.Tests.Clients;

public class SilenceLimitsTests
{
    [Theory]
    [InlineData(2, 2)]
    [InlineData(10, 10)]
    [InlineData(30, 10)]
    [InlineData(120, 40)]
    public void Opening_takes_at_most_a_third_of_a_long_time_out_while_nobody_has_responded(int timeout, int expected) =>
        Assert.Equal(expected, SilenceLimits.Opening(TimeSpan.FromSeconds(timeout)).TotalSeconds);

    [Theory]
    [InlineData(1, "1000", "1000")]
    [InlineData(30, "5000", "3333")]
    [InlineData(600, "10000", "10000")]
    public void A_silent_address_leaves_time_for_the_next_one(int timeout, string setUp, string versions) => Assert.Equal(
        [new("socket.connection.setup.timeout.ms", setUp), new("api.version.request.timeout.ms", versions)],
        SilenceLimits.Properties(TimeSpan.FromSeconds(timeout)));
}
