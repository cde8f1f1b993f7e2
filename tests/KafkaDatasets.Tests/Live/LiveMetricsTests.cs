using System.Diagnostics.Metrics;
using KafkaDatasets.Tests.Learning;
using Xunit;

namespace KafkaDatasets.Tests.Live;

/// <summary>The metrics of every live read: lag, partitions, and how they change. The listener is the process's, so each test looks at a group of its own.</summary>
public sealed class LiveMetricsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lag_and_partitions_are_reported_for_each_partition_until_the_member_leaves()
    {
        using var topic = new LearningTopic(partitions: 3);
        await topic.WriteAsync(300);
        string group = NewGroup();
        using var seen = new Seen(group);
        await using (KafkaLiveDataset live = await KafkaLiveDataset.JoinAsync(LearningTopic.Name, topic.Dataset, new LiveOptions { GroupId = group }, Token))
        {
            // Nobody reads, so the whole topic is the lag.
            await Until.TrueAsync(() => seen.Lag.Count == 3 && seen.Lag.Values.Sum() == 300, "the lag of every partition", seconds: 30);
            Assert.Equal(["0", "1", "2"], seen.Lag.Keys.Order());
            Assert.Equal(3, seen.Partitions);
            Assert.Equal(3, seen.Changes["assigned"]);
            await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.CaughtUp }, Token))
            {
                batch.Dispose();
            }

            await Until.TrueAsync(() => seen.Lag.Values.Sum() == 0, "no lag", seconds: 30);
        }

        Assert.Empty(seen.Lag);
        Assert.Null(seen.Partitions);
        Assert.Equal(3, seen.Changes["revoked"]);
    }

    [Fact]
    public async Task A_learner_has_the_same_metrics_and_partitions_that_go_to_another_member_leave_them()
    {
        using var topic = new LearningTopic(partitions: 2);
        await topic.WriteAsync(200);
        string group = NewGroup();
        using var seen = new Seen(group);
        await using OnlineTrainer trainer = await topic.StartAsync(group);
        await trainer.RunAsync(StopAt.CaughtUp, Token);
        await topic.WriteAsync(100);
        await Until.TrueAsync(() => seen.Lag.Values.Sum() == 100, "the lag of what is not learned yet", seconds: 30);

        // Both members are in this process: together they have each partition once.
        await using KafkaLiveDataset other = await KafkaLiveDataset.JoinAsync(LearningTopic.Name, topic.Dataset, new LiveOptions { GroupId = group }, Token);
        await Until.TrueAsync(() => seen.Changes.GetValueOrDefault("revoked") >= 1 && other.Assignment.Count == 1, "a partition went to the other member", seconds: 30);
        await Until.TrueAsync(() => seen.Partitions == 2, "each partition is counted once", seconds: 30);
    }

    private static string NewGroup() => $"metrics-{Guid.NewGuid():N}";

    /// <summary>What an observer of the meter sees of one group.</summary>
    private sealed class Seen : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly string _group;
        private readonly Dictionary<string, long> _changes = [];
        private Dictionary<string, long> _lag = [];
        private long? _partitions;

        public Seen(string group)
        {
            _group = group;
            _listener.InstrumentPublished = (instrument, me) =>
            {
                if (instrument.Name.StartsWith("kafkadatasets.live", StringComparison.Ordinal))
                {
                    me.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>(OnMeasured);
            _listener.Start();
        }

        public Dictionary<string, long> Lag
        {
            get
            {
                Observe();
                return _lag;
            }
        }

        /// <summary>The sum over the group's members in this process; null when there is none.</summary>
        public long? Partitions
        {
            get
            {
                Observe();
                return _partitions;
            }
        }

        public Dictionary<string, long> Changes
        {
            get
            {
                lock (_changes)
                {
                    return new Dictionary<string, long>(_changes);
                }
            }
        }

        public void Dispose() => _listener.Dispose();

        private void Observe()
        {
            (_lag, _partitions) = ([], null);
            _listener.RecordObservableInstruments();
        }

        private void OnMeasured(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
        {
            var all = new Dictionary<string, object?>(tags.ToArray());
            if (!_group.Equals(all.GetValueOrDefault("messaging.consumer.group.name")))
            {
                return;
            }

            Assert.Equal(LearningTopic.Name, all["messaging.destination.name"]);
            switch (instrument.Name)
            {
                case "kafkadatasets.live.lag":
                    _lag[(string)all["messaging.destination.partition.id"]!] = value;
                    break;
                case "kafkadatasets.live.partitions":
                    _partitions = (_partitions ?? 0) + value;
                    break;
                default:
                    lock (_changes)
                    {
                        string change = (string)all["kafkadatasets.partitions.change"]!;
                        _changes[change] = _changes.GetValueOrDefault(change) + value;
                    }

                    break;
            }
        }
    }
}
