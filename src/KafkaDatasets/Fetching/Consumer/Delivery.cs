namespace KafkaDatasets.Fetching.Consumer;

/// <summary>What a partition's reader is to be given, once it is known to be of the snapshot's topic.</summary>
/// <param name="Queue">The partition.</param>
/// <param name="Chunk">Records, or null.</param>
/// <param name="IsLast">Whether nothing comes after it.</param>
/// <param name="Failure">Why nothing does; null: the partition's end is reached.</param>
internal readonly record struct Delivery(PartitionQueue Queue, RecordChunk? Chunk, bool IsLast = false, Exception? Failure = null)
{
    public void Deliver()
    {
        if (Chunk is not null)
        {
            Queue.Publish(Chunk);
        }

        if (IsLast)
        {
            Queue.Complete(Failure);
        }
    }
}
