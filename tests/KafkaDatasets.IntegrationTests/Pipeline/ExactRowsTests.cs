using KafkaDatasets.IntegrationTests.Cluster;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Pipeline;

/// <summary>Every row of a large topic is read exactly once: counts and sums per partition and column are those of Kafka's own Java consumer.</summary>
public sealed class ExactRowsTests(MillionRows rows) : IClassFixture<MillionRows>
{
    private const int Columns = 19;

    public static TheoryData<FetchEngine> EveryEngine => Engines.All;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Tensor_batches_add_up_to_what_Kafkas_own_consumer_reads(FetchEngine engine)
    {
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(rows.Topic, await rows.OptionsAsync(engine), Cancelled);
        long[] counts = new long[MillionRows.Partitions];
        long[] nextOffsets = new long[MillionRows.Partitions];
        double[,] sums = new double[MillionRows.Partitions, Columns];
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 1000 }, Cancelled))
        {
            using (batch)
            {
                for (int row = 0; row < batch.Rows; row++)
                {
                    int partition = batch.Partitions[row];
                    Assert.Equal(nextOffsets[partition]++, batch.Offsets[row]);
                    counts[partition]++;
                    sums[partition, 0] += batch.Labels[row];
                    for (int column = 1; column < Columns; column++)
                    {
                        sums[partition, column] += batch.Features[row, column - 1];
                    }
                }
            }
        }

        Assert.Equal(MillionRows.Count, counts.Sum());
        Assert.Equal(await WitnessAsync(), Lines(counts, sums));
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task View_adds_up_to_what_Kafkas_own_consumer_reads(FetchEngine engine)
    {
        IDataView view = KafkaDataView.FromTopic(new MLContext(seed: 1), rows.Topic, await rows.OptionsAsync(engine));
        double[] sums = new double[Columns];
        long count = 0;
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Label"], view.Schema["Features"]]);
        ValueGetter<bool> getLabel = cursor.GetGetter<bool>(view.Schema["Label"]);
        ValueGetter<VBuffer<float>> getFeatures = cursor.GetGetter<VBuffer<float>>(view.Schema["Features"]);
        bool label = false;
        VBuffer<float> features = default;
        while (cursor.MoveNext())
        {
            getLabel(ref label);
            getFeatures(ref features);
            count++;
            sums[0] += label ? 1 : 0;
            ReadOnlySpan<float> values = features.GetValues();
            for (int column = 1; column < Columns; column++)
            {
                sums[column] += values[column - 1];
            }
        }

        Assert.Equal(MillionRows.Count, count);
        double[] expected = await WitnessTotalsAsync();
        for (int column = 0; column < Columns; column++)
        {
            Assert.Equal(expected[column], sums[column], tolerance: 1e-4);
        }
    }

    [Fact]
    public async Task Batches_are_bit_identical_whatever_the_engine_the_prefetch_and_the_workers()
    {
        string expected = await HashAsync(await rows.OptionsAsync(FetchEngine.Consumer));
        Assert.Equal(expected, await HashAsync(await rows.OptionsAsync(FetchEngine.Consumer, prefetchBytes: 1 << 20, workers: 1)));
        Assert.Equal(expected, await HashAsync(await rows.OptionsAsync(FetchEngine.Consumer, prefetchBytes: 7 << 20, workers: 5)));
        Assert.Equal(expected, await HashAsync(await rows.OptionsAsync(FetchEngine.Direct)));
        Assert.Equal(expected, await HashAsync(await rows.OptionsAsync(FetchEngine.Direct, prefetchBytes: 1 << 20, workers: 3)));
    }

    [Fact]
    public async Task Two_passes_at_the_same_time_are_bit_identical()
    {
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(rows.Topic, await rows.OptionsAsync(FetchEngine.Auto), Cancelled);
        string[] hashes = await Task.WhenAll(TopicRows.HashAsync(dataset, 777, Cancelled), TopicRows.HashAsync(dataset, 777, Cancelled));
        Assert.Equal(hashes[0], hashes[1]);
    }

    [Fact]
    public async Task Snapshot_from_JSON_gives_the_same_rows_after_the_topic_has_grown()
    {
        KafkaDatasetOptions options = await rows.OptionsAsync(FetchEngine.Auto);
        string topic = await rows.Kafka.CreateTopicAsync(partitions: 2);
        int id = await Susy.RegisterAsync(options.SchemaRegistry!, topic);
        await rows.Kafka.ProduceAsync(topic, Enumerable.Range(0, 5000).Select(i => (i % 2, (byte[]?)Susy.Record(id, i))));
        await using KafkaDataset first = await KafkaDataset.OpenAsync(topic, options, Cancelled);
        string json = first.Snapshot.ToJson();
        string expected = await TopicRows.HashAsync(first, 100, Cancelled);

        await rows.Kafka.ProduceAsync(topic, Enumerable.Range(5000, 1000).Select(i => (i % 2, (byte[]?)Susy.Record(id, i))));
        await using KafkaDataset again = await KafkaDataset.OpenAsync(
            topic,
            new KafkaDatasetOptions
            {
                BootstrapServers = options.BootstrapServers,
                SchemaRegistry = options.SchemaRegistry,
                Label = options.Label,
                Range = TopicRange.Snapshot(DatasetSnapshot.Parse(json)),
            },
            Cancelled);

        Assert.Equal(expected, await TopicRows.HashAsync(again, 100, Cancelled));
        Assert.Equal(expected, await TopicRows.HashAsync(first, 100, Cancelled));
    }

    private static IEnumerable<string> Lines(long[] counts, double[,] sums) => Enumerable.Range(0, counts.Length).Select(partition =>
        $"sums {partition} {counts[partition]} {string.Join(' ', Enumerable.Range(0, Columns).Select(c => BitConverter.DoubleToInt64Bits(sums[partition, c])))}");

    private async Task<string> HashAsync(KafkaDatasetOptions options)
    {
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(rows.Topic, options, Cancelled);
        return await TopicRows.HashAsync(dataset, 1000, Cancelled);
    }

    private async Task<string[]> WitnessAsync()
    {
        string program = Path.Combine(Repository.Root, "tests", "KafkaDatasets.IntegrationTests", "Pipeline", "Sums.java");
        string output = await SharedKafka.Home().RunProgramAsync(program, [rows.Kafka.BootstrapServers, rows.Topic, $"{Columns}"], Cancelled);
        return [.. output.Split('\n').Where(line => line.StartsWith("sums ", StringComparison.Ordinal))];
    }

    private async Task<double[]> WitnessTotalsAsync()
    {
        IEnumerable<double[]> partitions = (await WitnessAsync()).Select(line => line.Split(' ').Skip(3).Select(bits => BitConverter.Int64BitsToDouble(long.Parse(bits))).ToArray());
        return partitions.Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]);
    }
}
