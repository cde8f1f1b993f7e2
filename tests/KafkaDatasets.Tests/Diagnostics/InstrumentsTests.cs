using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Pipeline;
using Xunit;

namespace KafkaDatasets.Tests.Diagnostics;

public sealed class InstrumentsTests
{
    [Fact]
    public async Task Rows_bytes_and_skipped_records_are_counted_under_their_topic_and_a_pass_is_an_activity()
    {
        const string topic = "counted";
        var counts = new ConcurrentDictionary<string, long>();
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "KafkaDatasets")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (tags.ToArray().Contains(new KeyValuePair<string, object?>("topic", topic)))
            {
                counts.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
            }
        });
        meters.Start();
        var activities = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "KafkaDatasets",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        byte[][] values = [.. RowPipelineTests.Values(3000)];
        values[7] = [];
        values[2900] = [1];
        var engine = new FakeEngine([FakePartition.Of(0, values)]) { Topic = topic };
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema, onBadRecord: BadRecordPolicy.Skip);
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            batch.Dispose();
        }

        Assert.Equal(2998, counts["kafkadatasets.rows.read"]);
        Assert.Equal(2, counts["kafkadatasets.records.skipped"]);
        Assert.InRange(counts["kafkadatasets.bytes.fetched"], values.Sum(v => v.Length) * 9 / 10, values.Sum(v => v.Length) * 11 / 10);
        Activity pass = Assert.Single(activities, a => topic.Equals(a.GetTagItem("topic")));
        Assert.Equal("kafkadatasets.read", pass.OperationName);
        Assert.Equal(2998L, pass.GetTagItem("rows"));
    }
}
