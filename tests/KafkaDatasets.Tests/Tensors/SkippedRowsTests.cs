using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Tensors;

/// <summary>With bad records skipped, the rows of a dataset are the same, whatever is read of them and however: views, batches, mixes, live reads, and what a manifest counts.</summary>
public sealed class SkippedRowsTests : IDisposable
{
    private const int Records = 400;
    private const string Topic = "rows";

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly MLContext _ml = new(seed: 1);

    public SkippedRowsTests()
    {
        _kafka.CreateTopic(Topic, 2);
        using IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = _kafka.BootstrapServers }).SetLogHandler((_, _) => { }).Build();
        for (int i = 0; i < Records; i++)
        {
            string y = i % 4 == 1 ? "\"junk\"" : $"[{i}]";
            string n = i % 10 == 3 ? "1.5" : $"{i}";
            producer.Produce(new TopicPartition(Topic, i % 2), new Message<byte[], byte[]>
            {
                Key = i % 7 == 2 ? [0xFF, (byte)'k'] : Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"k{i}")),
                Value = Encoding.UTF8.GetBytes($$"""{"x":{{i}},"y":{{y}},"n":{{n}}}"""),
            });
        }

        producer.Flush(Token);
    }

    public static TheoryData<string?, string?, bool, FetchEngine> Options
    {
        get
        {
            var data = new TheoryData<string?, string?, bool, FetchEngine>();
            foreach (FetchEngine engine in new[] { FetchEngine.Direct, FetchEngine.Consumer })
            {
                data.Add(null, null, false, engine);
                data.Add(null, "y", false, engine);
                data.Add("x", null, false, engine);
                data.Add("x", "y", false, engine);
                data.Add("x", "Y", false, engine); // without regard to case
                data.Add("n", null, false, engine); // as a feature, 1.5 is a number; in a column of integers it is not
                data.Add("n", "y", true, engine);
                data.Add(null, null, true, engine);
            }

            return data;
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Options))]
    public async Task Every_read_of_a_dataset_has_the_same_rows(string? feature, string? extra, bool hasKey, FetchEngine engine)
    {
        var options = new KafkaDatasetOptions
        {
            BootstrapServers = _kafka.BootstrapServers,
            Format = RecordFormat.Json(
            [
                new DatasetColumn("x", ColumnType.Single),
                new DatasetColumn("y", ColumnType.Int32) { IsVector = true },
                new DatasetColumn("n", ColumnType.Int32),
            ]),
            KeyFormat = hasKey ? RecordFormat.Csv([new DatasetColumn("key", ColumnType.Text)]) : null,
            Split = hasKey ? DatasetSplit.ByField("Key.key", 0, 0.7) : null,
            Features = feature is null ? null : [feature],
            ExtraColumns = extra is null ? [] : [extra],
            ColumnNameCaseInsensitive = extra == "Y",
            OnBadRecord = BadRecordPolicy.Skip,
            Engine = engine,
            ClientConfig = EmbeddedGroups.Quick,
        };
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(Topic, options, Token);
        IDataView view = dataset.ToDataView(_ml);
        (int, long)[] expected = RowsOf(view, "Features");
        Assert.InRange(expected.Length, 100, Records);
        foreach (string? column in new[] { null, "n", feature, extra?.ToLowerInvariant() })
        {
            if (column is null or "x" || IsRead(column))
            {
                Assert.Equal(expected, RowsOf(view, column));
            }
        }

        bool IsRead(string column) => feature is null || feature == column || string.Equals(extra, column, StringComparison.OrdinalIgnoreCase);

        (int, long)[] sorted = [.. expected.Order()];
        Assert.Equal(expected, await BatchesAsync(dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 30 }, Token)));
        Assert.Equal(sorted, (await BatchesAsync(dataset.ReadBatchesAsync(new BatchOptions { Shuffle = Shuffle.Seeded(1) }, Token))).Order());
        Assert.Equal(expected, await BatchesAsync(dataset.ReadBatchesAsync(new BatchOptions { Tensors = [TensorColumn.Single("x")] }, Token)));
        await using (KafkaDatasetMix mix = await KafkaDatasetMix.OpenAsync([new KafkaTopicSource(Topic, options)], cancellationToken: Token))
        {
            Assert.Equal(expected, await BatchesAsync(mix.ReadBatchesAsync(new BatchOptions { Tensors = [TensorColumn.Single("x")] }, Token)));
            Assert.Equal(expected, RowsOf(mix.ToDataView(_ml), "Features"));
        }

        DatasetManifest manifest = await DatasetManifest.CreateAsync(Topic, options with { Split = null }, new Dictionary<string, DatasetSplit?> { ["rows"] = options.Split }, Token);
        Assert.Equal(expected.Length, manifest.Topics[0].Splits.Single().Rows);

        await using KafkaLiveDataset live = await KafkaLiveDataset.JoinAsync(Topic, options, new LiveOptions { GroupId = $"{feature} {extra} {hasKey} {engine}" }, Token);
        var rows = new List<(int, long)>();
        await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.CaughtUp }, Token))
        {
            using (batch)
            {
                for (int i = 0; i < batch.Rows; i++)
                {
                    rows.Add((batch.Tensors.Partitions[i], batch.Tensors.Offsets[i]));
                }

                Assert.Equal(["Features", "Partition", "Offset", "Timestamp"], batch.ToDataView(_ml).Schema.Select(c => c.Name)); // columns that are only checked are not shown
                Assert.Throws<KeyNotFoundException>(() => batch.Tensors.Get<int>("n"));
            }
        }

        Assert.Equal(sorted, rows.Order());
    }

    public void Dispose() => _kafka.Dispose();

    private static (int, long)[] RowsOf(IDataView view, string? column)
    {
        DataViewSchema schema = view.Schema;
        using DataViewRowCursor cursor = view.GetRowCursor([schema["Partition"], schema["Offset"], .. column is null ? Array.Empty<DataViewSchema.Column>() : [schema[column]]]);
        ValueGetter<int> partition = cursor.GetGetter<int>(schema["Partition"]);
        ValueGetter<long> offset = cursor.GetGetter<long>(schema["Offset"]);
        var rows = new List<(int, long)>();
        while (cursor.MoveNext())
        {
            int p = 0;
            long o = 0;
            partition(ref p);
            offset(ref o);
            rows.Add((p, o));
        }

        return [.. rows];
    }

    private static async Task<(int, long)[]> BatchesAsync(IAsyncEnumerable<TensorBatch> batches)
    {
        var rows = new List<(int, long)>();
        await foreach (TensorBatch batch in batches)
        {
            using (batch)
            {
                for (int i = 0; i < batch.Rows; i++)
                {
                    rows.Add((batch.Partitions[i], batch.Offsets[i]));
                }
            }
        }

        return [.. rows];
    }
}
