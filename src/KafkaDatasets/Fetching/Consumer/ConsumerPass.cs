using System.Diagnostics.CodeAnalysis;
using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>The state of a Confluent.Kafka consumer pass, shared by its successive clients: its partitions, and what was consumed but not delivered yet.</summary>
internal sealed class ConsumerPass : IDisposable
{
    private const int ChunkRecords = 1024;
    private readonly Dictionary<int, PartitionQueue> _byPartition;
    private readonly int _chunkBytes;
    private long _lastEvent;

    public ConsumerPass(FetchContext context, ReadOrder order, long bytes)
    {
        Context = context;
        Snapshot = order.Snapshot;
        Faults = new ReadFaults(Snapshot.Topic, context.OnDataLoss, context.Logger);
        Health = new ClientHealth(context.Logger, context.TimeProvider);
        Queues = [.. Snapshot.Partitions.Select((p, i) => new PartitionQueue(p.Partition, order.RunsOf(i), Wake.Set))];
        foreach (PartitionQueue queue in Queues.Where(q => !q.MoveToNextRun()))
        {
            queue.IsFinished = true;
            queue.Complete(null);
        }

        _byPartition = Queues.ToDictionary(q => q.Partition);
        Bytes = bytes / 4 * 3; // the rest is for the client's own queue
        Quota = Math.Max(1, Bytes / Math.Max(1, Queues.Length));
        _chunkBytes = (int)Math.Clamp(Quota / 4, 4 << 10, 256 << 10);
        OnEvent();
    }

    public FetchContext Context { get; }

    public DatasetSnapshot Snapshot { get; }

    public string Topic => Snapshot.Topic;

    public ReadFaults Faults { get; }

    public PartitionQueue[] Queues { get; }

    public ClientHealth Health { get; }

    /// <summary>Where the client's deserializers copy keys and values.</summary>
    public MessageCopy Copy { get; } = new();

    /// <summary>The memory for consumed records, in bytes.</summary>
    public long Bytes { get; }

    /// <summary>Each partition's share of it.</summary>
    public long Quota { get; }

    /// <summary>Deliveries that wait until the topic is known to be the snapshot's.</summary>
    public Queue<Delivery> Unchecked { get; } = new();

    /// <summary>Set when readers wait, or have returned chunks.</summary>
    public ManualResetEventSlim Wake { get; } = new();

    /// <summary>The time since anything last arrived.</summary>
    public TimeSpan Silence => Context.TimeProvider.GetElapsedTime(_lastEvent);

    public PartitionQueue Find(Partition partition) => _byPartition[partition.Value];

    public bool TryFind(Partition partition, [NotNullWhen(true)] out PartitionQueue? queue) => _byPartition.TryGetValue(partition.Value, out queue);

    /// <summary>The partition that holds up the pass: one without a leader, or else one of which nothing has come, or else one that the reader waits for.</summary>
    /// <remarks>The reader may wait for records of another partition that have come already, but are held back until the topic is checked.</remarks>
    public PartitionQueue FindLate(IReadOnlyList<int> leaderless) => Queues
        .OrderByDescending(q => leaderless.Contains(q.Partition))
        .ThenByDescending(q => q is { IsFinished: false, IsPaused: false, HasUnderWay: false })
        .ThenByDescending(q => q.IsAwaited)
        .ThenBy(q => q.IsFinished)
        .First();

    /// <summary>Records that something arrived, which resets <see cref="Silence"/>.</summary>
    public void OnEvent() => _lastEvent = Context.TimeProvider.GetTimestamp();

    /// <summary>Appends a record to its partition's chunk.</summary>
    public void Append(PartitionQueue queue, Message<int, int> message, long offset)
    {
        RecordChunk chunk = queue.GetOpen();
        int before = chunk.ByteCount;
        Copy.Append(chunk, message, offset);
        queue.Account(chunk.ByteCount - before);
    }

    /// <summary>Whether a partition's open chunk should be delivered rather than grow further.</summary>
    public bool IsFull(PartitionQueue queue) => queue.Open is { Count: >= ChunkRecords } || queue.Open?.ByteCount >= _chunkBytes;

    /// <summary>Closes the open chunk, which is delivered once the topic has been checked.</summary>
    public void Hold(PartitionQueue queue)
    {
        if (queue.Close() is { } chunk)
        {
            Unchecked.Enqueue(new Delivery(queue, chunk));
        }
    }

    /// <summary>Ends reading of every partition, and releases what was not delivered.</summary>
    public void Complete(Exception? failure)
    {
        foreach (PartitionQueue queue in Queues)
        {
            queue.Complete(failure is null ? null : Faults.At(queue.Range, queue.Published, failure));
            queue.Close()?.Release();
        }

        while (Unchecked.TryDequeue(out Delivery delivery))
        {
            delivery.Chunk?.Release();
        }
    }

    public void Dispose()
    {
        foreach (PartitionQueue queue in Queues)
        {
            queue.Drain();
        }
    }
}
