using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using Xunit;

namespace KafkaDatasets.Tests.Monitoring;

/// <summary>One of two classes that is not known yet is counted in every format, as a missing number or one of several classes is.</summary>
public sealed class MissingLabelTests
{
    private const int Rows = 300;
    private const long Begin = 1_764_000_000_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Of three rows one is positive, one is negative, and one has no label.</summary>
    [Theory]
    [InlineData("boolean", false)]
    [InlineData("boolean", true)]
    [InlineData("number", false)]
    [InlineData("text", false)]
    [InlineData("text of one value", false)]
    [InlineData("csv", false)]
    [InlineData("float32", false)]
    [InlineData("float64", false)]
    [InlineData("avro", false)]
    [InlineData("avro", true)]
    public async Task A_missing_binary_label_is_counted(string format, bool isLive)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });
        await WriteAsync(kafka, registry, format, i => i % 3 == 2 ? null : i % 3 == 0);
        MonitorResult result = await new KafkaMonitor(Options(kafka, registry, format, isLive)).RunAsync(Token);
        ModelReport model = Assert.Single(result.Models);
        Assert.Equal((Rows * 2 / 3, Rows / 3, 1.0), (model.Metrics.Rows, model.Metrics.Unmatched, model.Metrics.Accuracy));
        Assert.Equal((Rows, Rows / 3, 0), (result.Labels, result.UnusableLabels, result.UnusedLabels));
    }

    /// <summary>A value that is neither of the two is no label that is still to come: the record is bad.</summary>
    [Theory]
    [InlineData("number", "2")]
    [InlineData("text", "\"maybe\"")]
    public async Task A_binary_label_that_is_neither_value_is_bad(string format, string value)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });
        await WriteAsync(kafka, registry, format, i => i % 3 == 2 ? null : i % 3 == 0);
        using (IProducer<Null, byte[]> producer = Producer(kafka))
        {
            await producer.ProduceAsync(new TopicPartition("labels", 0), new Message<Null, byte[]> { Value = Encoding.UTF8.GetBytes($$"""{"y":{{value}}}""") }, Token);
        }

        MonitorOptions options = Options(kafka, registry, format, isLive: false);
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => new KafkaMonitor(options).RunAsync(Token));
        Assert.Equal((Rows, "y"), (e.Offset, e.Field));
        MonitorResult result = await new KafkaMonitor(options with { Labels = options.Labels with { OnBadRecord = BadRecordPolicy.Skip } }).RunAsync(Token);
        Assert.Equal((Rows, Rows / 3), (result.Labels, result.UnusableLabels));
    }

    /// <summary>Where a model is trained, rows are still bad that have no label.</summary>
    [Fact]
    public async Task Other_reads_refuse_missing_binary_labels()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });
        await WriteAsync(kafka, registry, "boolean", i => i % 3 == 2 ? null : i % 3 == 0);
        MonitorOptions options = Options(kafka, registry, "boolean", isLive: false);
        await new KafkaMonitor(options).RunAsync(Token);
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync("labels", options.Labels, Token);
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(async () =>
        {
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: Token))
            {
                batch.Dispose();
            }
        });
        Assert.Equal(2, e.Offset);
    }

    private static MonitorOptions Options(EmbeddedKafka kafka, ISchemaRegistryClient registry, string format, bool isLive) => new()
    {
        ScoresTopic = "scores",
        Scores = new() { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Json([new DatasetColumn("PredictedLabel", ColumnType.Boolean), new DatasetColumn("Probability", ColumnType.Single)]), ClientConfig = EmbeddedGroups.Quick },
        LabelsTopic = "labels",
        Labels = new()
        {
            BootstrapServers = kafka.BootstrapServers,
            SchemaRegistry = format == "avro" ? registry : null,
            Format = format switch
            {
                "boolean" => RecordFormat.Json("""{"title":"R","type":"object","properties":{"y":{"type":["boolean","null"]}}}"""),
                "number" => RecordFormat.Json([new DatasetColumn("y", ColumnType.Single) { IsNullable = true }]),
                "csv" => RecordFormat.Csv([new DatasetColumn("x", ColumnType.Single), new DatasetColumn("y", ColumnType.Single)]),
                "float32" => RecordFormat.Float32(["x", "y"]),
                "float64" => RecordFormat.Float64(["x", "y"]),
                "avro" => RecordFormat.Registry,
                _ => RecordFormat.Json([new DatasetColumn("y", ColumnType.Text) { IsNullable = true }]),
            },
            Label = format switch
            {
                "text" => LabelColumn.Binary("y", "yes", "no"),
                "text of one value" => LabelColumn.Binary("y", "yes"),
                _ => LabelColumn.Binary("y"),
            },
            ClientConfig = EmbeddedGroups.Quick,
        },
        Live = isLive ? new LiveOptions { GroupId = "monitor" } : null,
        StopAt = isLive ? StopAt.CaughtUp : StopAt.Never,
    };

    private static async Task WriteAsync(EmbeddedKafka kafka, ISchemaRegistryClient registry, string format, Func<int, bool?> labelOf)
    {
        kafka.CreateTopic("scores", 1);
        kafka.CreateTopic("labels", 1);
        using (IProducer<Null, byte[]> producer = Producer(kafka))
        {
            for (int i = 0; i < Rows; i++)
            {
                var headers = new Headers
                {
                    { "kafkadatasets.input.topic", "labels"u8.ToArray() },
                    { "kafkadatasets.input.partition", "0"u8.ToArray() },
                    { "kafkadatasets.input.offset", Encoding.UTF8.GetBytes(i.ToString(CultureInfo.InvariantCulture)) },
                };
                bool label = labelOf(i) ?? false;
                producer.Produce(new TopicPartition("scores", 0), new Message<Null, byte[]> { Value = Encoding.UTF8.GetBytes($$"""{"PredictedLabel":{{(label ? "true" : "false")}},"Probability":{{(label ? "0.9" : "0.1")}}}"""), Headers = headers });
                if (format != "avro")
                {
                    producer.Produce(new TopicPartition("labels", 0), new Message<Null, byte[]> { Value = ValueOf(format, labelOf(i)) });
                }
            }

            producer.Flush(Token);
        }

        if (format == "avro")
        {
            await using KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("labels", new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry }, Token);
            for (int i = 0; i < Rows; i++)
            {
                await writer.WriteAsync(new Row(1, labelOf(i)), Token);
            }

            await writer.FlushAsync(Token);
        }
    }

    private static IProducer<Null, byte[]> Producer(EmbeddedKafka kafka) =>
        new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, LingerMs = 20 }).SetLogHandler((_, _) => { }).Build();

    private static byte[] ValueOf(string format, bool? label)
    {
        byte[] numbers = new byte[16];
        switch (format)
        {
            case "float32":
                BinaryPrimitives.WriteSingleLittleEndian(numbers.AsSpan(4), label is { } single ? (single ? 1 : 0) : float.NaN);
                return numbers[..8];
            case "float64":
                BinaryPrimitives.WriteDoubleLittleEndian(numbers.AsSpan(8), label is { } number ? (number ? 1 : 0) : double.NaN);
                return numbers;
        }

        return Encoding.UTF8.GetBytes(format switch
        {
            "boolean" => $$"""{"y":{{(label is { } y ? (y ? "true" : "false") : "null")}}}""",
            "number" => label is { } y ? $$"""{"y":{{(y ? 1 : 0)}}}""" : "{}",
            "csv" => $"1,{(label is { } y ? (y ? 1 : 0) : "")}",
            _ => label is { } y ? $$"""{"y":"{{(y ? "yes" : "no")}}"}""" : """{"y":null}""",
        });
    }

    private sealed record Row(float X, bool? y);
}
