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
            if (tags.ToArray().Contains(new KeyValuePair<string, object?>("messaging.destination.name", topic)))
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

        Assert.Equal(2998, counts["messaging.client.consumed.messages"]);
        Assert.Equal(2, counts["kafkadatasets.records.skipped"]);
        Assert.InRange(counts["kafkadatasets.bytes.fetched"], values.Sum(v => v.Length) * 9 / 10, values.Sum(v => v.Length) * 11 / 10);
        Activity pass = Assert.Single(activities, a => topic.Equals(a.GetTagItem("messaging.destination.name")));
        Assert.Equal("receive", pass.OperationName);
        Assert.Equal("receive counted", pass.DisplayName);
        Assert.Equal(("kafka", "receive", 2998L), (pass.GetTagItem("messaging.system"), pass.GetTagItem("messaging.operation.name"), pass.GetTagItem("messaging.batch.message_count")));
    }

    [Fact]
    public async Task How_long_a_pass_took_is_measured_with_how_it_ended()
    {
        const string topic = "timed";
        var durations = new ConcurrentQueue<(double Seconds, string End, object? Error)>();
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "kafkadatasets.pass.duration")
                {
                    Assert.Equal("s", instrument.Unit);
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meters.SetMeasurementEventCallback<double>((_, value, tags, _) =>
        {
            Dictionary<string, object?> named = tags.ToArray().ToDictionary();
            if (topic.Equals(named["messaging.destination.name"]))
            {
                durations.Enqueue((value, (string)named["kafkadatasets.pass.end"]!, named.GetValueOrDefault("error.type")));
            }
        });
        meters.Start();

        byte[][] values = [.. RowPipelineTests.Values(3000)];
        await using (KafkaDataset dataset = await new FakeEngine([FakePartition.Of(0, values)]) { Topic = topic }.OpenAsync(PipelineRows.Schema))
        {
            await ReadAsync(dataset, int.MaxValue);
            await ReadAsync(dataset, 1);
        }

        values[2900] = [1];
        await using (KafkaDataset dataset = await new FakeEngine([FakePartition.Of(0, values)]) { Topic = topic }.OpenAsync(PipelineRows.Schema))
        {
            await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync(dataset, int.MaxValue));
        }

        Assert.Equal([("reached", null), ("left", null), ("failed", typeof(RecordDecodingException).FullName)], durations.Select(d => (d.End, (string?)d.Error)));
        Assert.All(durations, d => Assert.InRange(d.Seconds, 0, 60));

        static async Task ReadAsync(KafkaDataset dataset, int batches)
        {
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: TestContext.Current.CancellationToken))
            {
                batch.Dispose();
                if (--batches == 0)
                {
                    break;
                }
            }
        }
    }
}
