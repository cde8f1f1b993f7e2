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
}
