namespace KafkaDatasets.Retraining;

/// <summary>Finds the exact offsets of a topic from a time on.</summary>
internal static class RowsSince
{
    /// <summary>Returns a snapshot that starts, in each partition, at the first record of that time or later.</summary>
    public static async Task<DatasetSnapshot> FindAsync(string topic, KafkaDatasetOptions options, DateTimeOffset since, CancellationToken cancellationToken)
    {
        bool isEmbedded = EmbeddedKafka.TryFind(options.BootstrapServers, out _);
        KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, options with { Range = isEmbedded ? TopicRange.All : TopicRange.Timestamps(since) }, cancellationToken).ConfigureAwait(false);
        await using (dataset.ConfigureAwait(false))
        {
            return isEmbedded ? await ScanAsync(dataset, since, cancellationToken).ConfigureAwait(false) : dataset.Snapshot;
        }
    }

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
