using Confluent.Kafka;
using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Topics.Events;

namespace KafkaDatasets.Benchmarks.Topics;

/// <summary>A topic of events of one kind in one format; deleted when disposed.</summary>
internal sealed class EventTopic : IDisposable
{
    /// <summary>How many different events there are, repeated over and over in each partition.</summary>
    private const int Different = 4096;

    private readonly BenchmarkTopic _topic;
    private readonly EventShape _shape;
    private readonly PartitionRows _rows;

    private EventTopic(BenchmarkTopic topic, EventShape shape, PartitionRows rows)
    {
        _topic = topic;
        _shape = shape;
        _rows = rows;
    }

    /// <summary>The size of a framed record, on average.</summary>
    public required double RecordBytes { get; init; }

    public static async Task<EventTopic> FillAsync(Ground ground, EventShape shape, EventFormat format, long rows, CancellationToken cancellationToken)
    {
        var kind = new TopicShape();
        BenchmarkTopic topic = await BenchmarkTopic.CreateAsync(ground, kind);
        try
        {
            using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = ground.SchemaRegistryUrl });
            int id = await registry.RegisterSchemaAsync($"{topic.Name}-value", shape.SchemaOf(format));
            byte[][] values = [.. Enumerable.Range(0, (int)Math.Min(Different, rows)).Select(row => shape.FramedValue(format, id, row))];
            var spread = new PartitionRows(rows, kind.Partitions);
            await Task.Run(() => Produce(topic.Name, ground, kind, values, spread, cancellationToken), cancellationToken);
            topic.ThrowUnlessHolds(rows);
            return new EventTopic(topic, shape, spread) { RecordBytes = values.Average(v => v.Length) };
        }
        catch
        {
            topic.Dispose();
            throw;
        }
    }

    public ContenderTask TaskFor(string contender, long rows) => _topic.TaskFor(contender, rows) with
    {
        Event = _shape.Name,
        Label = _shape.Label,
        Features = _shape.Features.Count > 0 ? _shape.Features : null,
        Columns = _shape.Columns,
    };

    /// <summary>What is added up of the first rows of every partition.</summary>
    public double SumOfFirst(long rows)
    {
        int different = (int)Math.Min(Different, _rows.Rows);
        double[] firsts = [.. Enumerable.Range(0, different).Select(_shape.First)];
        var few = new PartitionRows(rows, _rows.Partitions);
        double sum = 0;
        for (int partition = 0; partition < few.Partitions; partition++)
        {
            for (long row = 0; row < few.Of(partition); row++)
            {
                sum += firsts[row % different];
            }
        }

        return sum;
    }

    public void Dispose() => _topic.Dispose();

    private static void Produce(string name, Ground ground, TopicShape kind, byte[][] values, PartitionRows rows, CancellationToken cancellationToken)
    {
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(BenchmarkTopic.ProducerConfig(ground, kind)).SetLogHandler((_, _) => { }).Build();
        var message = new Message<Null, byte[]>();
        for (int partition = 0; partition < rows.Partitions; partition++)
        {
            var target = new TopicPartition(name, partition);
            for (long row = 0; row < rows.Of(partition); row++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                message.Value = values[row % values.Length];
                producer.ProduceOrWait(target, message);
            }
        }

        producer.Flush(BenchmarkTopic.Patience);
    }
}
