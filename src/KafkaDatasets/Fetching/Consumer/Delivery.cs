namespace KafkaDatasets.Fetching.Consumer;

/// <summary>What to pass to a partition's reader, once it is known to come from the snapshot's topic.</summary>
/// <param name="Queue">The partition.</param>
/// <param name="Chunk">Records, or null.</param>
/// <param name="IsLast">Whether it is the partition's last delivery.</param>
/// <param name="Failure">The error that ends the partition; null when its end was reached.</param>
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
