namespace KafkaDatasets.Retraining;

/// <summary>Finds the exact offsets of a topic from a time on.</summary>
internal static class RowsSince
{
    /// <summary>Returns a snapshot of the options' range that starts, in each partition, at the first record of that time or later.</summary>
    public static async Task<DatasetSnapshot> FindAsync(string topic, KafkaDatasetOptions options, DateTimeOffset since, CancellationToken cancellationToken)
    {
        if (EmbeddedKafka.TryFind(options.BootstrapServers, out _))
        {
            return await OpenAsync(topic, options, dataset => ScanAsync(dataset, since, cancellationToken), cancellationToken).ConfigureAwait(false);
        }

        DatasetSnapshot rows = await OpenAsync(topic, options with { Range = TopicRange.Timestamps(since) }, SnapshotOf, cancellationToken).ConfigureAwait(false);
        return options.Range == TopicRange.All ? rows : Intersect(await OpenAsync(topic, options, SnapshotOf, cancellationToken).ConfigureAwait(false), rows);
    }

    /// <summary>The offsets that both snapshots of a topic have; a partition without any has an empty range, or none.</summary>
    internal static DatasetSnapshot Intersect(DatasetSnapshot one, DatasetSnapshot other)
    {
        Dictionary<int, PartitionRange> others = other.Partitions.ToDictionary(p => p.Partition);
        return new DatasetSnapshot(one.Topic, one.TopicId, one.Partitions.Where(p => others.ContainsKey(p.Partition)).Select(p => Intersect(p, others[p.Partition])));
    }

    private static PartitionRange Intersect(PartitionRange one, PartitionRange other)
    {
        long end = Math.Min(one.End, other.End);
        return new PartitionRange(one.Partition, Math.Min(Math.Max(one.Start, other.Start), end), end);
    }

    private static async Task<DatasetSnapshot> OpenAsync(string topic, KafkaDatasetOptions options, Func<KafkaDataset, Task<DatasetSnapshot>> find, CancellationToken cancellationToken)
    {
        KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, options, cancellationToken).ConfigureAwait(false);
        await using (dataset.ConfigureAwait(false))
        {
            return await find(dataset).ConfigureAwait(false);
        }
    }

    private static Task<DatasetSnapshot> SnapshotOf(KafkaDataset dataset) => Task.FromResult(dataset.Snapshot);

    /// <summary>The embedded broker has no index of timestamps, so its records are read.</summary>
    private static async Task<DatasetSnapshot> ScanAsync(KafkaDataset dataset, DateTimeOffset since, CancellationToken cancellationToken)
    {
        long milliseconds = since.ToUnixTimeMilliseconds();
        Dictionary<int, long> starts = dataset.Snapshot.Partitions.ToDictionary(p => p.Partition, p => p.End);
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                for (int i = 0; i < batch.Rows; i++)
                {
                    if (batch.Timestamps[i] >= milliseconds && batch.Offsets[i] < starts[batch.Partitions[i]])
                    {
                        starts[batch.Partitions[i]] = batch.Offsets[i];
                    }
                }
            }
        }

        return new DatasetSnapshot(dataset.Snapshot.Topic, dataset.Snapshot.TopicId, [.. dataset.Snapshot.Partitions.Select(p => p with { Start = starts[p.Partition] })]);
    }
}
