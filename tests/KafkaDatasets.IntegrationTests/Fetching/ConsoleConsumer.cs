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

    /// <summary>The committed records of a topic, tombstones among them, as lines in the order of partition and offset; it waits in vain where there are fewer than <paramref name="count"/>.</summary>
    /// <param name="kafka">The brokers.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="timestampType">What its timestamps must be: <c>CreateTime</c> or <c>LogAppendTime</c>.</param>
    /// <param name="count">How many records there are.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<IEnumerable<string>> ReadAsync(KafkaDriver kafka, string topic, string timestampType, int count, CancellationToken cancellationToken)
    {
        string output = await SharedKafka.Home().RunToolAsync(
            "kafka-console-consumer",
            [
                "--bootstrap-server", kafka.BootstrapServers, "--topic", topic, "--from-beginning", "--isolation-level", "read_committed",
                "--max-messages", $"{count}", "--timeout-ms", "30000", .. Format.SelectMany(f => new[] { "--property", f }),
            ],
            cancellationToken,
            new Dictionary<string, string> { ["JAVA_TOOL_OPTIONS"] = "-Dfile.encoding=UTF-8 -Dstdout.encoding=UTF-8 -XX:TieredStopAtLevel=1 -XX:+UseSerialGC" });
        return output.Split('\n')
            .Where(line => line.Contains('\t')) // besides, it may say what it will do differently one day
            .Select(line => Parse(line, timestampType))
            .OrderBy(record => record.Partition)
            .ThenBy(record => record.Offset)
            .Select(record => record.Line);
    }

    private static (int Partition, long Offset, string Line) Parse(string line, string timestampType)
    {
        string[] parts = line.Split('\t');
        Assert.Equal(6, parts.Length);
        parts[0] = After(parts[0], timestampType);
        parts[1] = After(parts[1], "Partition");
        parts[2] = After(parts[2], "Offset");
        return (int.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture), string.Join('\t', parts));
    }

    private static string After(string part, string label)
    {
        Assert.StartsWith($"{label}:", part);
        return part[(label.Length + 1)..];
    }
}
