using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Tests.Fetching;
using Xunit;

namespace KafkaDatasets.Tests.Clients;

/// <summary>The errors that a client reports by the dozen are logged once in a while, with their number.</summary>
public sealed class ClientHealthTests
{
    private static readonly Error Refused = new(ErrorCode.Local_Transport, "Connect to ipv4#127.0.0.1:9 failed: Connection refused");

    [Fact]
    public void Errors_of_one_kind_are_counted_between_two_lines()
    {
        var log = new RecordedLog();
        var clock = new Clock();
        var health = new ClientHealth(log, clock);
        for (int i = 0; i < 200; i++)
        {
            health.Report(Refused);
            clock.Now += TimeSpan.FromMilliseconds(100).Ticks;
        }

        Assert.Equal(2, log.Warnings.Count());
        Assert.EndsWith("Connection refused", log.Warnings.First(), StringComparison.Ordinal);
        Assert.Contains("99 more", log.Warnings.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_kind_is_logged_at_once_and_none_is_lost_to_the_reader()
    {
        var log = new RecordedLog();
        var health = new ClientHealth(log, new Clock());
        health.Report(Refused);
        health.Report(new Error(ErrorCode.Local_AllBrokersDown, "1/1 brokers are down"));
        health.Report(Refused);
        health.Report(new Error(ErrorCode.Local_Authentication, "SASL authentication error"));

        Assert.Equal(3, log.Warnings.Count());
        Assert.Equal(ErrorCode.Local_Authentication, health.Last!.Code);
        Assert.True(health.Hopeless.IsCompletedSuccessfully);
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
