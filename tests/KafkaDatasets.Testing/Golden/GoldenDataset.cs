using System.Text.Json;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Testing.Golden;

/// <summary>Golden vectors written to a topic, read as a dataset, and compared value by value.</summary>
internal static class GoldenDataset
{
    /// <summary>The columns that are compared, by the name of the vectors: scalars, nullable scalars, enums, and those in nested records. AvroVectorsTests compares all.</summary>
    private static readonly Dictionary<string, string[]> Columns = new()
    {
        ["primitives"] = ["b", "i", "l", "f", "d", "s"],
        ["nullable"] = ["a", "c", "s", "l", "b"],
        ["enum_fixed"] = ["e", "again"],
        ["collections"] = [],
        ["bare_float"] = [],
        ["bare_array"] = [],
        ["nested"] = ["id", "inner.x", "inner.deep.y", "maybe.x", "maybe.deep.y"],
        ["recursive"] = ["v", "next.v", "next.next.v", "next.next.next.v", "next.next.next.next.v"],
        ["logical"] = ["u"],
        ["wide_union"] = ["tail"],
        ["references"] = ["a.x", "a.y", "b.x", "b.y"],
        ["json_schema"] = ["car", "speed", "ticks", "failed", "temp", "history", "tyre.pressure"],
        ["protobuf"] = ["car", "speed", "battery_voltage", "odometer", "delta", "ticks", "crc", "failed", "state", "history", "tyres.number", "tyres.pressure", "at", "optional_temp", "raw", "extra.k", "people", "tonnes"],
        ["protobuf_second"] = ["x", "inner.y", "inner.zs"],
        ["protobuf_nested_index"] = ["y", "zs"],
        ["evolution_v3"] = ["b", "a", "d"],
    };

    /// <summary>The keys of maps that are compared, and the fields of records inside themselves: one level more than any vector has.</summary>
    public static IReadOnlyList<string> ExtraColumns(IReadOnlyList<GoldenVector> vectors) => [.. ExpectedColumns(vectors[^1]).Where(c => c == "extra.k" || c.StartsWith("next.", StringComparison.Ordinal))];

    /// <summary>Writes the vectors of a topic to partition 0 of a Kafka topic, and compares what the library reads by each engine.</summary>
    public static async Task CheckAsync(string bootstrapServers, string kafkaTopic, IReadOnlyList<GoldenVector> vectors, CancellationToken cancellationToken)
    {
        Produce(bootstrapServers, kafkaTopic, vectors);
        foreach (FetchEngine engine in new[] { FetchEngine.Consumer, FetchEngine.Direct })
        {
            await CheckAsync(
                kafkaTopic,
                vectors,
                registry => KafkaDataset.OpenAsync(kafkaTopic, new KafkaDatasetOptions { BootstrapServers = bootstrapServers, SchemaRegistry = registry, Engine = engine, ExtraColumns = ExtraColumns(vectors) }, cancellationToken),
                cancellationToken);
        }
    }

    /// <summary>Compares what the library reads of a topic that holds the vectors in partition 0.</summary>
    public static async Task CheckAsync(string kafkaTopic, IReadOnlyList<GoldenVector> vectors, Func<ISchemaRegistryClient, Task<KafkaDataset>> open, CancellationToken cancellationToken)
    {
        using StubRegistry stub = GoldenRegistry.Start(vectors, $"{kafkaTopic}-value");
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = stub.Url });
        await using KafkaDataset dataset = await open(registry);
        string[] expected = [.. ExpectedColumns(vectors[^1])];
        DatasetColumn[] columns = [.. dataset.Schema.Columns.Where(c => expected.Contains(c.Name))];
        Assert.Equal(expected, columns.Select(c => c.Name));
        CheckView(dataset, columns, vectors);
        await CheckTensorsAsync(dataset, columns, vectors, cancellationToken);
        Assert.Equal(stub.Paths.Count, stub.Paths.Distinct().Count());
    }

    private static void CheckView(KafkaDataset dataset, DatasetColumn[] columns, IReadOnlyList<GoldenVector> vectors)
    {
        IDataView view = dataset.ToDataView(new MLContext(seed: 1));
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        Func<object?>[] getters = [.. columns.Select(c => Getter(cursor, view.Schema[c.Name], c))];
        for (int row = 0; row < vectors.Count; row++)
        {
            Assert.True(cursor.MoveNext());
            for (int i = 0; i < getters.Length; i++)
            {
                string column = columns[i].Name;
                GoldenValue.AssertEqual(Expected(vectors[row], column), getters[i](), $"{vectors[row].Name} row {row} {column}");
            }
        }

        Assert.False(cursor.MoveNext());
    }

    private static async Task CheckTensorsAsync(KafkaDataset dataset, DatasetColumn[] columns, IReadOnlyList<GoldenVector> vectors, CancellationToken cancellationToken)
    {
        DatasetColumn[] numbers = [.. columns.Where(c => c.IsNumeric || c is { Type: ColumnType.Boolean, IsVector: false })];
        var options = new BatchOptions { BatchSize = 3, Tensors = [.. numbers.Select(c => c.Name)] };
        int seen = 0;
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(options, cancellationToken))
        {
            using (batch)
            {
                for (int row = 0; row < batch.Rows; row++, seen++)
                {
                    Assert.Equal(0, batch.Partitions[row]);
                    Assert.Equal(seen, batch.Offsets[row]);
                    foreach (DatasetColumn column in numbers)
                    {
                        float actual = batch[column.Name][row];
                        float expected = GoldenValue.ToTensor(Expected(vectors[seen], column.Name), column.Type);
                        Assert.True(expected.Equals(actual), $"{vectors[seen].Name} row {seen} {column.Name}: expected {expected}, got {actual}");
                    }
                }
            }
        }

        Assert.Equal(vectors.Count, seen);
    }

    /// <summary>A column's value as an expectation writes it: an enum's symbol, none for a missing one.</summary>
    private static Func<object?> Getter(DataViewRowCursor cursor, DataViewSchema.Column column, DatasetColumn source)
    {
        Func<object> get = cursor.Getter(column);
        if (source.Type != ColumnType.Key || source.IsVector)
        {
            return get;
        }

        return () => (uint)get() is var key and > 0 ? source.KeyValues![(int)key - 1] : null;
    }

    /// <summary>A field that the writer had not, has its default: null in the vectors' newest schemas.</summary>
    private static JsonElement Expected(GoldenVector vector, string column) =>
        vector.Name.StartsWith("evolution", StringComparison.Ordinal) && !vector.Expected.TryGetProperty(column, out _)
            ? JsonDocument.Parse("null").RootElement
            : GoldenValue.At(vector.Expected, column);

    private static IEnumerable<string> ExpectedColumns(GoldenVector vector) =>
        Columns.TryGetValue(vector.Name, out string[]? names) ? names : vector.Expected.EnumerateObject().Select(p => p.Name);

    private static void Produce(string bootstrapServers, string topic, IReadOnlyList<GoldenVector> vectors)
    {
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = bootstrapServers, LingerMs = 5 })
            .SetLogHandler((_, _) => { })
            .Build();
        Error? failure = null;
        foreach (GoldenVector vector in vectors)
        {
            var headers = new Headers();
            foreach ((string name, byte[] value) in vector.Headers)
            {
                headers.Add(name, value);
            }

            producer.Produce(
                new TopicPartition(topic, 0),
                new Message<Null, byte[]> { Value = vector.Value, Headers = headers },
                report => failure = report.Error.IsError ? report.Error : failure);
        }

        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(30)));
        Assert.Null(failure);
    }
}
