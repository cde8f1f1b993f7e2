using System.Diagnostics;
using KafkaDatasets.Fetching;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>The right broker at the wrong port: TLS where there is none, none where there is TLS, no SASL where there is SASL.</summary>
public sealed class WrongListenerTests(FetchBrokers brokers)
{
    public static TheoryData<FetchEngine, string, string, string> Every { get; } = new(
        from engine in new[] { FetchEngine.Direct, FetchEngine.Consumer }
        from pair in new[] { ("PLAINTEXT", "SSL", "PLAINTEXT"), ("SSL", "PLAINTEXT", "SSL"), ("SASL_SSL", "PLAINTEXT", "SSL"), ("PLAINTEXT", "SASL_PLAINTEXT", "SASL") }
        select (engine, pair.Item1, pair.Item2, pair.Item3));

    [Theory]
    [MemberData(nameof(Every))]
    public async Task The_setting_is_named_long_before_the_time_out(FetchEngine engine, string listener, string spoken, string named)
    {
        var client = new Dictionary<string, string> { ["security.protocol"] = spoken, ["sasl.mechanism"] = "PLAIN", ["sasl.username"] = "u", ["sasl.password"] = "p", ["ssl.ca.location"] = brokers.Certificates.Authority };
        string servers = (await brokers.ClusterAsync()).Addresses(listener);
        await using IFetchEngine fetch = RecordSources.Create(engine, servers, client, seconds: 60);
        long start = Stopwatch.GetTimestamp();

        var e = await Assert.ThrowsAsync<BrokerException>(async () => await fetch.DescribeTopicAsync("any", TestContext.Current.CancellationToken));

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 40);
        Assert.Contains("security.protocol", e.Message, StringComparison.Ordinal);
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
    }
}
