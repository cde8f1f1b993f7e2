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

    public static TheoryData<FetchEngine, string> Views => new MatrixTheoryData<FetchEngine, string>([FetchEngine.Direct, FetchEngine.Consumer], Lengths.Keys);

    [Theory]
    [MemberData(nameof(Views))]
    public async Task A_topic(FetchEngine engine, string topic)
    {
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, EventTopic.Options(topics.Kafka, engine, Labels[topic]), TestContext.Current.CancellationToken);
        IDataView view = dataset.ToDataView(new MLContext(1));
        Assert.Equal(EventTopic.Numbers(Lengths[topic]), view.GetColumn<long>("number"));
        DataViewConformance.Check(view);
    }

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
