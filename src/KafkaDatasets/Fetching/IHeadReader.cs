namespace KafkaDatasets.Fetching;

/// <summary>Reads partitions of a topic at the head of the log, without an end, and passes what arrives to <see cref="IHeadEvents"/>.</summary>
/// <remarks>Thread-safe; nothing here waits for brokers.</remarks>
internal interface IHeadReader
{
    /// <summary>Begins an epoch: earlier reads are discarded, and no partition is read until <see cref="Follow"/> is called for it.</summary>
    void Begin(int epoch);

    /// <summary>Starts reading a partition from an offset, as part of an epoch; ignored if another epoch has begun.</summary>
    void Follow(int partition, long offset, int epoch);

    /// <summary>Ends all reading. The task completes when no more events come.</summary>
    Task StopAsync();
}
