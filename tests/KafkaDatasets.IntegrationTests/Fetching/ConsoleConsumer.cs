using System.Globalization;
using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>Kafka's own console consumer as a witness.</summary>
internal static class ConsoleConsumer
{
    private const string Bytes = "org.apache.kafka.common.serialization.BytesDeserializer";

    private static readonly string[] Format =
    [
        "print.timestamp=true", "print.partition=true", "print.offset=true", "print.headers=true", "print.key=true", $"null.literal={LogRecord.Null}",
        $"key.deserializer={Bytes}", $"value.deserializer={Bytes}", $"headers.deserializer={Bytes}",
    ];

    /// <summary>The committed records of a topic, tombstones among them; it waits in vain where there are fewer than <paramref name="count"/>.</summary>
    /// <param name="kafka">The brokers.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="timestampType">What its timestamps must be: <c>CreateTime</c> or <c>LogAppendTime</c>.</param>
    /// <param name="count">How many records there are.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<List<LogRecord>> ReadAsync(KafkaDriver kafka, string topic, string timestampType, int count, CancellationToken cancellationToken)
    {
        string output = await SharedKafka.Home().RunToolAsync(
            "kafka-console-consumer",
            [
                "--bootstrap-server", kafka.BootstrapServers, "--topic", topic, "--from-beginning", "--isolation-level", "read_committed",
                "--max-messages", $"{count}", "--timeout-ms", "30000", .. Format.SelectMany(f => new[] { "--property", f }),
            ],
            cancellationToken,
            new Dictionary<string, string> { ["JAVA_TOOL_OPTIONS"] = "-Dfile.encoding=UTF-8 -Dstdout.encoding=UTF-8" });
        return [.. output.Split('\n').Where(line => line.Contains('\t')).Select(line => Parse(line, timestampType))]; // besides, it may say what it will do differently one day
    }

    private static LogRecord Parse(string line, string timestampType)
    {
        string[] parts = line.Split('\t');
        Assert.Equal(6, parts.Length);
        string timestamp = After(parts[0], timestampType);
        string partition = After(parts[1], "Partition");
        string offset = After(parts[2], "Offset");
        return new LogRecord(
            int.Parse(partition, CultureInfo.InvariantCulture),
            long.Parse(offset, CultureInfo.InvariantCulture),
            long.Parse(timestamp, CultureInfo.InvariantCulture),
            null,
            string.Join('\t', [timestamp, partition, offset, .. parts[3..]]));
    }

    private static string After(string part, string label)
    {
        Assert.StartsWith($"{label}:", part);
        return part[(label.Length + 1)..];
    }
}
