using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KafkaDatasets.Monitoring.Joining;
using Xunit;

namespace KafkaDatasets.Tests.Monitoring;

/// <summary>Headers can hold any number; each row is counted once whatever they hold.</summary>
public sealed class OddHeadersTests
{
    private const int Rows = 10;
    private const long Begin = 1_764_000_000_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(long.MaxValue, false)]
    [InlineData(long.MaxValue, true)]
    [InlineData(long.MaxValue - 1, false)]
    [InlineData(long.MinValue, false)]
    [InlineData(long.MinValue + 1, true)]
    public async Task Scores_of_any_time_are_counted(long time, bool isLive)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        MonitorResult result = await RunAsync(kafka, _ => "0", time, isLive);
        ModelReport model = Assert.Single(result.Models);
        Assert.Equal((0, 0, Rows), (result.Waiting, model.Metrics.Rows, model.Metrics.Unmatched));
        DateTimeOffset end = time > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(253_402_300_799_999) : DateTimeOffset.FromUnixTimeMilliseconds(-62_135_596_800_000);
        Assert.All(model.Windows, w => Assert.Equal((end, end), (w.Start, w.End)));
        Assert.StartsWith("<!DOCTYPE html>", result.ToHtml(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Partition 4294967296 is not partition 0.</summary>
    [Theory]
    [InlineData("4294967296")]
    [InlineData("-1")]
    [InlineData("zero")]
    [InlineData("99999999999999999999")]
    public async Task A_partition_that_no_topic_has_is_unusable(string partition)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        MonitorResult result = await RunAsync(kafka, i => i == 0 ? "0" : partition, Begin, isLive: false);
        Assert.Equal((Rows - 1, 0), (result.UnusableScores, result.UnusableLabels));
        Assert.Equal((1, 0), (result.Models.Sum(m => m.Metrics.Rows), result.Models.Sum(m => m.Metrics.Unmatched)));
    }

    /// <summary>Such a label is not of its own position either.</summary>
    [Fact]
    public async Task A_label_of_no_position_is_unusable()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        MonitorResult result = await RunAsync(kafka, _ => "0", Begin, isLive: false, i => i < 4 ? "4294967296" : "0");
        Assert.Equal((0, 4), (result.UnusableScores, result.UnusableLabels));
        Assert.Equal((Rows - 4, 4), (result.Models.Sum(m => m.Metrics.Rows), result.Models.Sum(m => m.Metrics.Unmatched)));
    }

    [Theory]
    [InlineData(long.MaxValue, -1)]
    [InlineData(long.MaxValue, long.MinValue)]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(0, long.MinValue)]
    public void Times_that_are_far_apart_are_not_joined(long score, long label)
    {
        var taken = new List<JoinedRow>();
        var join = new LabelJoin(100, 1000, taken.Add);
        join.AddScore(RowKey.Of(0, 1), new Score(0, new Prediction(0.5f, 1, null), new RowOrder(score, 0, 1), null));
        join.AddLabel(RowKey.Of(0, 1), new Label(1, new RowOrder(label, 0, 1), null));
        join.Complete();
        Assert.Null(Assert.Single(taken).Label);
        Assert.Equal((1, 0), (join.UnusedLabels, join.Waiting));
    }

    private static async Task<MonitorResult> RunAsync(EmbeddedKafka kafka, Func<int, string> partitionOf, long time, bool isLive, Func<int, string>? labelPartitionOf = null)
    {
        kafka.CreateTopic("scores", 1);
        kafka.CreateTopic("labels", 1);
        using (IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, LingerMs = 20 }).SetLogHandler((_, _) => { }).Build())
        {
            for (int i = 0; i < Rows; i++)
            {
                Headers headers = Position(partitionOf(i), i);
                headers.Add("kafkadatasets.input.timestamp", Encoding.UTF8.GetBytes(time.ToString(CultureInfo.InvariantCulture)));
                producer.Produce(new TopicPartition("scores", 0), new Message<Null, byte[]> { Value = """{"Probability":0.9}"""u8.ToArray(), Headers = headers, Timestamp = new Timestamp(Begin, TimestampType.CreateTime) });
                producer.Produce(new TopicPartition("labels", 0), new Message<Null, byte[]> { Value = """{"y":true}"""u8.ToArray(), Headers = Position(labelPartitionOf?.Invoke(i) ?? "0", i), Timestamp = new Timestamp(Begin, TimestampType.CreateTime) });
            }

            producer.Flush(Token);
        }

        return await new KafkaMonitor(new MonitorOptions
        {
            ScoresTopic = "scores",
            Scores = new() { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Json([new DatasetColumn("Probability", ColumnType.Single)]), ClientConfig = EmbeddedGroups.Quick },
            LabelsTopic = "labels",
            Labels = new() { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Json([new DatasetColumn("y", ColumnType.Boolean)]), Label = LabelColumn.Binary("y"), ClientConfig = EmbeddedGroups.Quick },
            Window = MonitorWindow.Time(TimeSpan.FromDays(7)),
            Live = isLive ? new LiveOptions { GroupId = "monitor" } : null,
            StopAt = isLive ? StopAt.CaughtUp : StopAt.Never,
        }).RunAsync(Token);
    }

    private static Headers Position(string partition, int offset) => new()
    {
        { "kafkadatasets.input.topic", "labels"u8.ToArray() },
        { "kafkadatasets.input.partition", Encoding.UTF8.GetBytes(partition) },
        { "kafkadatasets.input.offset", Encoding.UTF8.GetBytes(offset.ToString(CultureInfo.InvariantCulture)) },
    };
}
