using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>Views of topics pass the suite, on both engines.</summary>
public sealed class KafkaConformanceTests(KafkaConformanceTests.Topics topics) : IClassFixture<KafkaConformanceTests.Topics>
{
    private static readonly Dictionary<string, int[]> Lengths = new()
    {
        ["one"] = [1700],
        ["many"] = [300, 0, 1100, 50, 1, 600],
        ["skewed"] = [2600, 3, 0, 10],
        ["empty"] = [0, 0],
    };

    private static readonly Dictionary<string, LabelColumn?> Labels = new()
    {
        ["one"] = LabelColumn.Binary("flag"),
        ["many"] = LabelColumn.Category("color"),
        ["skewed"] = LabelColumn.Regression("y"),
        ["empty"] = LabelColumn.Category("small", ["0", "1"]),
    };

    /// <summary>All at the same time: most of a pass by the consumer is waiting.</summary>
    [Theory]
    [InlineData(FetchEngine.Direct)]
    [InlineData(FetchEngine.Consumer)]
    public async Task Topics_of_all_shapes(FetchEngine engine) =>
        await Task.WhenAll(Lengths.Keys.Select(async topic =>
        {
            await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, EventTopic.Options(topics.Kafka, engine, Labels[topic]), TestContext.Current.CancellationToken);
            IDataView view = dataset.ToDataView(new MLContext(1));
            await Task.Factory.StartNew(
                () =>
                {
                    Assert.Equal(EventTopic.Numbers(Lengths[topic]), view.GetColumn<long>("number"));
                    DataViewConformance.Check(view);
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
        }));

    [Theory]
    [InlineData(FetchEngine.Direct)]
    [InlineData(FetchEngine.Consumer)]
    public async Task An_empty_range(FetchEngine engine)
    {
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync("one", EventTopic.Options(topics.Kafka, engine, range: TopicRange.Offsets(0, 500, 500)), TestContext.Current.CancellationToken);
        IDataView view = dataset.ToDataView(new MLContext(1));
        Assert.Equal(0, view.GetRowCount());
        DataViewConformance.Check(view);
    }

    public sealed class Topics : IDisposable
    {
        public Topics()
        {
            foreach ((string topic, int[] lengths) in Lengths)
            {
                EventTopic.Fill(Kafka, topic, lengths);
            }
        }

        public EmbeddedKafka Kafka { get; } = EmbeddedKafka.Start();

        public void Dispose() => Kafka.Dispose();
    }
}
