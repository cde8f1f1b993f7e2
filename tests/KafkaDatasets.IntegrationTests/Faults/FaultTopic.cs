using System.Buffers.Binary;
using Confluent.Kafka;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Fetching;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>A topic of rows of about a kilobyte that cannot be compressed, and what the brokers acknowledged of them.</summary>
internal sealed class FaultTopic
{
    private const int PayloadLength = 1000;

    /// <summary>Fewer than fill the producer's queue.</summary>
    private const int MostUnderWay = 50_000;

    private readonly List<LogRow> _rows = [];

    private FaultTopic(KafkaDriver kafka, string name)
    {
        Kafka = kafka;
        Name = name;
    }

    public KafkaDriver Kafka { get; }

    private int Count
    {
        get
        {
            lock (_rows)
            {
                return _rows.Count;
            }
        }
    }

    public string Name { get; }

    /// <summary>Makes a topic, and writes rows to its partitions in turn.</summary>
    public static async Task<FaultTopic> WriteAsync(KafkaDriver kafka, int rows, int partitions = 3, short replicas = 1, IReadOnlyDictionary<string, string>? config = null, string? name = null)
    {
        var topic = new FaultTopic(kafka, await kafka.CreateTopicAsync(partitions, config, replicas, name));
        await topic.AppendAsync(Enumerable.Range(0, rows).Select(i => (i % partitions, i)));
        return topic;
    }

    /// <summary>Writes rows, each to its partition, and waits until all are acknowledged.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="key">A row's key; null: none has one.</param>
    public async Task AppendAsync(IEnumerable<(int Partition, int Number)> rows, Func<int, byte[]>? key = null)
    {
        Error? failure = null;
        int written = Count;
        using IProducer<byte[]?, byte[]?> producer = Kafka.CreateProducer(new ProducerConfig { EnableIdempotence = true, BatchNumMessages = 50, LingerMs = 20 });
        await Task.Run(() =>
        {
            foreach ((int partition, int number) in rows)
            {
                while (written - Count > MostUnderWay)
                {
                    producer.Flush(TimeSpan.FromMilliseconds(50));
                }

                written++;
                while (!TryProduce(producer, partition, new Message<byte[]?, byte[]?> { Key = key?.Invoke(number), Value = Value(number) }, report =>
                {
                    failure = report.Error.IsError ? report.Error : failure;
                    Add(report.Partition, report.Offset, number);
                }))
                {
                    producer.Flush(TimeSpan.FromMilliseconds(50));
                }
            }

            if (producer.Flush(TimeSpan.FromSeconds(120)) is > 0 and var left)
            {
                throw new TimeoutException($"{left} rows were not acknowledged within two minutes.");
            }
        });
        if (failure is not null)
        {
            throw new KafkaException(failure);
        }
    }

    /// <summary>False where the producer does not know of the partition yet.</summary>
    private bool TryProduce(IProducer<byte[]?, byte[]?> producer, int partition, Message<byte[]?, byte[]?> message, Action<DeliveryReport<byte[]?, byte[]?>> onDelivery)
    {
        try
        {
            producer.Produce(new TopicPartition(Name, partition), message, onDelivery);
            return true;
        }
        catch (ProduceException<byte[]?, byte[]?> e) when (e.Error.Code == ErrorCode.Local_UnknownPartition)
        {
            return false;
        }
    }

    /// <summary>Notes a row that was written.</summary>
    public void Add(int partition, long offset, int number)
    {
        lock (_rows)
        {
            _rows.Add(new LogRow(partition, offset, number % 2, number));
        }
    }

    /// <summary>The rows of a snapshot in canonical order by its definition: stripe by stripe, and in each by partition.</summary>
    public List<LogRow> Expected(DatasetSnapshot snapshot, Func<LogRow, bool>? where = null)
    {
        var ranges = snapshot.Partitions.ToDictionary(p => p.Partition);
        return
        [
            .. _rows
                .Where(r => ranges.TryGetValue(r.Partition, out PartitionRange range) && r.Offset >= range.Start && r.Offset < range.End)
                .Where(where ?? (_ => true))
                .OrderBy(r => (r.Offset - ranges[r.Partition].Start) / snapshot.StripeLength)
                .ThenBy(r => r.Partition)
                .ThenBy(r => r.Offset),
        ];
    }

    /// <summary>A record of <see cref="LogTopic.Schema"/>: label, number, and bytes that its number seeds.</summary>
    public static byte[] Value(int number)
    {
        byte[] value = new byte[10 + PayloadLength];
        BinaryPrimitives.WriteSingleLittleEndian(value, number % 2);
        BinaryPrimitives.WriteSingleLittleEndian(value.AsSpan(4), number);
        value[8] = 2 * PayloadLength % 128 | 128;
        value[9] = 2 * PayloadLength / 128;
        new Random(number).NextBytes(value.AsSpan(10));
        return value;
    }

    public override string ToString() => Name;
}
