using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace KafkaDatasets.Diagnostics;

/// <summary>The metrics of one member of a consumer group. The gauges are observed, so that a partition that has left the member is no longer reported.</summary>
internal sealed class LiveInstruments : IDisposable
{
    private const string Group = "messaging.consumer.group.name";
    private const string Partition = "messaging.destination.partition.id";
    private const string Change = "kafkadatasets.partitions.change";

    private static readonly ConcurrentDictionary<LiveInstruments, bool> Members = new();

    private static readonly Meter Meter = new(Instruments.Name);

    private static readonly ObservableGauge<long> Lag = Meter.CreateObservableGauge(
        "kafkadatasets.live.lag", () => Members.Keys.SelectMany(m => m.Lags()), "{offset}", "Offsets of a member's partition that it has not returned in batches yet.");

    private static readonly Counter<long> Changes = Meter.CreateCounter<long>("kafkadatasets.live.partitions.changes", "{partition}", "Partitions that were assigned to a member, revoked from it, or lost.");

    private readonly KeyValuePair<string, object?>[] _tags;

    /// <summary>The partitions of the member; null where the lag has not been measured yet.</summary>
    private readonly ConcurrentDictionary<int, long?> _partitions = new();

    static LiveInstruments() => Meter.CreateObservableGauge(
        "kafkadatasets.live.partitions", () => Members.Keys.Select(m => new Measurement<long>(m._partitions.Count, m._tags)), "{partition}", "Partitions that a member has.");

    public LiveInstruments(string topic, string group)
    {
        _tags = [.. Instruments.TagsOf(topic, Instruments.Receive), new(Group, group)];
        Members.TryAdd(this, true);
    }

    /// <summary>Whether anybody observes the lag, so that it is worth a request.</summary>
    public static bool IsLagWanted => Lag.Enabled;

    public void SetLag(IReadOnlyDictionary<int, long> lags)
    {
        foreach ((int partition, long lag) in lags)
        {
            if (_partitions.TryGetValue(partition, out long? before))
            {
                _partitions.TryUpdate(partition, lag, before); // not for a partition that has left meanwhile
            }
        }
    }

    public void Assigned(IReadOnlyList<int> partitions)
    {
        foreach (int partition in partitions)
        {
            _partitions.TryAdd(partition, null);
        }

        Count(partitions, "assigned");
    }

    public void Revoked(IReadOnlyList<int> partitions) => Leave(partitions, "revoked");

    public void Lost(IReadOnlyList<int> partitions) => Leave(partitions, "lost");

    public void Dispose() => Members.TryRemove(this, out _);

    private void Leave(IReadOnlyList<int> partitions, string change)
    {
        foreach (int partition in partitions)
        {
            _partitions.TryRemove(partition, out _);
        }

        Count(partitions, change);
    }

    private void Count(IReadOnlyList<int> partitions, string change)
    {
        if (partitions.Count > 0)
        {
            Changes.Add(partitions.Count, [.. _tags, new(Change, change)]);
        }
    }

    private IEnumerable<Measurement<long>> Lags() =>
        from entry in _partitions
        where entry.Value is not null
        select new Measurement<long>(entry.Value!.Value, [.. _tags, new(Partition, entry.Key.ToString(CultureInfo.InvariantCulture))]);
}
