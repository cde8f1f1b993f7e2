using Confluent.SchemaRegistry;
using KafkaDatasets.Tests.Writing;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Splits;

/// <summary>The same rows as Avro, JSON and Protobuf, keyed by the user, of whom some are nobody.</summary>
public sealed class SplitTopics : IAsyncLifetime
{
    public const int Count = 4_000;

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly ISchemaRegistryClient _registry;

    public SplitTopics() => _registry = _kafka.Registry();

    /// <summary>The user of a row; empty for nobody.</summary>
    public static string User(long id) => id % 10 == 0 ? "" : $"user {id * 7 % 331}";

    public async ValueTask InitializeAsync()
    {
        await WriteAsync("avro", WriteFormat.Avro);
        await WriteAsync("json", WriteFormat.Json);
        await WriteAsync("protobuf", WriteFormat.Protobuf);
    }

    public ValueTask DisposeAsync()
    {
        _registry.Dispose();
        _kafka.Dispose();
        return ValueTask.CompletedTask;
    }

    internal KafkaDatasetOptions Options(DatasetSplit? split, FetchEngine engine = FetchEngine.Auto) => new()
    {
        BootstrapServers = _kafka.BootstrapServers,
        SchemaRegistry = _registry,
        Features = ["Id"],
        Split = split,
        Engine = engine,
    };

    internal async Task<long[]> RowsAsync(string topic, DatasetSplit? split, FetchEngine engine = FetchEngine.Auto)
    {
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, Options(split, engine));
        var rows = new List<long>();
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 700 }))
        {
            using (batch)
            {
                for (int i = 0; i < (int)batch.Features.Lengths[0]; i++)
                {
                    rows.Add((long)batch.Features[[i, 0]]);
                }
            }
        }

        return [.. rows];
    }

    internal long[] ViewRows(string topic, DatasetSplit split)
    {
        IDataView view = KafkaDataView.FromTopic(new MLContext(1), topic, Options(split));
        return [.. view.GetColumn<long>("Id")];
    }

    private async Task WriteAsync(string topic, WriteFormat format)
    {
        await using KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync(topic, new KafkaWriterOptions
        {
            BootstrapServers = _kafka.BootstrapServers,
            SchemaRegistry = _registry,
            Format = format,
            Key = "User",
            Partitions = 3,
        });
        for (int i = 0; i < Count; i++)
        {
            string user = User(i);
            await writer.WriteAsync(new Row(i, user.Length == 0 ? null : user, i * 13 % 500, i % 3 == 0 ? null : i % 700, i % 2 == 0, [1, 2]));
        }
    }

    private sealed record Row(long Id, string? User, long Number, int? Maybe, bool Flag, float[] Items);
}
