using KafkaDatasets.Learning;

namespace KafkaDatasets;

/// <summary>Where an <see cref="OnlineTrainer"/> keeps its checkpoints, and the journal of the batches that it has learned.</summary>
/// <example>
/// <code>
/// CheckpointStore files = CheckpointStore.Directory("checkpoints");
/// CheckpointStore topic = CheckpointStore.Topic("models", "fraud", options);   // in one transaction with the group's offsets
/// LearningCheckpoint? latest = await files.ReadLatestAsync();
/// </code>
/// </example>
public abstract class CheckpointStore
{
    private protected CheckpointStore()
    {
    }

    /// <summary>
    /// Keeps checkpoints as files of a directory, which one process at a time may use. A file is written under a temporary name, flushed to the disk and renamed, so that a crash leaves the old or the new checkpoint;
    /// each has a checksum, and the newest valid one counts.
    /// </summary>
    /// <param name="path">The directory, which is created if it does not exist.</param>
    /// <param name="keep">How many checkpoints are kept; older ones are deleted. Default 3.</param>
    /// <returns>The store.</returns>
    public static CheckpointStore Directory(string path, int keep = 3)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        return new DirectoryCheckpoints(Path.GetFullPath(path), keep);
    }

    /// <summary>
    /// Keeps checkpoints as records of a compacted topic, each in one transaction with the group's offsets of the learner's topic. The topic is created, with one partition, if it does not exist.
    /// A process that starts with the same name fences an older one: whatever the older one writes later is never visible.
    /// </summary>
    /// <param name="topic">The topic of the checkpoints.</param>
    /// <param name="name">The name of the learner; learners with different names can share the topic.</param>
    /// <param name="cluster">The cluster and how to connect to it, which must be the cluster of the learner's topic.</param>
    /// <returns>The store. The embedded Kafka does not support it, since it does not keep offsets that are part of a transaction.</returns>
    public static CheckpointStore Topic(string topic, string name, KafkaDatasetOptions cluster)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(cluster);
        return new TopicCheckpoints(topic, name, cluster);
    }

    /// <summary>Reads the newest valid checkpoint.</summary>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>The checkpoint; null if none has been written yet.</returns>
    /// <exception cref="CheckpointException">There are checkpoints, but all of them are damaged, or they cannot be read.</exception>
    /// <exception cref="BrokerException">The brokers did not respond in time.</exception>
    public abstract Task<LearningCheckpoint?> ReadLatestAsync(CancellationToken cancellationToken = default);

    /// <summary>Reserves the store for one learner.</summary>
    /// <exception cref="CheckpointException">Another process uses it, or it cannot be written to.</exception>
    internal abstract Task<ICheckpointWriter> OpenAsync(KafkaDatasetOptions dataset, CancellationToken cancellationToken);

    /// <summary>Reads the journal from the first checkpoint to the given one: a segment for each.</summary>
    /// <exception cref="CheckpointException">Segments are missing or damaged.</exception>
    internal abstract Task<IReadOnlyList<byte[]>> ReadJournalAsync(LearningCheckpoint upTo, CancellationToken cancellationToken);
}
