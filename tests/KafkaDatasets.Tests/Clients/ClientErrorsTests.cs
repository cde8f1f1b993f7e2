using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Fetching.Consumer;
using Xunit;

namespace KafkaDatasets.Tests.Clients;

public class ClientErrorsTests
{
    [Theory]
    [InlineData(ErrorCode.UnsupportedForMessageFormat)] // what Azure Event Hubs says to snappy
    [InlineData(ErrorCode.UnsupportedCompressionType)]
    public void Refused_compression_names_its_setting(ErrorCode code) =>
        Assert.Contains("compression.type", ClientErrors.Describe(new Error(code, "Broker: refused"), "WRITE"), StringComparison.Ordinal);

    [Theory]
    [InlineData(new[] { 4 }, "partition 4 has no replica in sync")]
    [InlineData(new[] { 0, 4 }, "partitions 0, 4 have no replica in sync")]
    public void Partitions_without_a_replica_are_named(int[] partitions, string expected) => Assert.Equal(expected, new LeaderlessException(partitions).Error.Reason);

    [Fact]
    public void Timestamps_that_an_old_topic_does_not_have_are_not_taken_for_compression()
    {
        KafkaDatasetException e = BrokerQueries.ToException(new Error(ErrorCode.UnsupportedForMessageFormat, "Broker: refused."), "t", "b:1");

        Assert.Contains("no timestamps", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("compression", e.Message, StringComparison.Ordinal);
        Assert.Equal(43, Assert.IsType<BrokerException>(e).ErrorCode);
    }

    [Fact]
    public void Brokers_that_do_not_respond_are_told_with_the_setting_that_is_wrong_most_often()
    {
        KafkaDatasetException e = ClientErrors.ToException(new Error(ErrorCode.Local_Transport, "Disconnected."), "Reading", "t", "READ");

        Assert.Contains("SSL or SASL_SSL where the port expects TLS", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("..", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SASL OAUTHBEARER mechanism handshake failed: Local: Broker transport failure: broker's supported mechanisms: (n/a)", false)] // the broker was restarted during the handshake
    [InlineData("SASL PLAIN mechanism handshake failed: Local: Timed out: broker's supported mechanisms: (n/a)", false)]
    [InlineData("SASL SCRAM-SHA-256 mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported mechanisms: PLAIN", true)]
    [InlineData("SASL authentication error: Authentication failed: Invalid username or password", true)]
    public void A_connection_that_is_lost_during_the_handshake_is_no_refusal(string reason, bool isRefusal) =>
        Assert.Equal(isRefusal, ClientErrors.IsAccessDenied(new Error(ErrorCode.Local_Authentication, reason)));
}
