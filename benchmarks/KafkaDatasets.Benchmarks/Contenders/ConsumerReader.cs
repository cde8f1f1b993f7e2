using Confluent.Kafka;
using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Measuring;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>
/// Confluent.Kafka's consumer; it stays connected between passes. Its settings are the defaults but for two waits of 10 ms:
/// before it fetches again when its queue was full (the default is a second, which at this rate is most of the time), and for
/// new records at the end of the log (the default is half a second, for which the next pass would have to wait).
/// </summary>
internal sealed class ConsumerReader<T> : IContender
{
    private readonly ContenderTask _task;
    private readonly Func<T, double>? _first;
    private readonly CachedSchemaRegistryClient? _registry;
    private readonly IConsumer<Ignore, T> _consumer;

    /// <param name="task">What to read.</param>
    /// <param name="deserializer">Makes the values; null: they stay bytes.</param>
    /// <param name="first">The first feature of a value; null: it is not added up.</param>
    public ConsumerReader(ContenderTask task, Func<ISchemaRegistryClient, IDeserializer<T>>? deserializer, Func<T, double>? first)
    {
        _task = task;
        _first = first;
        var builder = new ConsumerBuilder<Ignore, T>(new ConsumerConfig(task.ClientConfig)
        {
            BootstrapServers = task.BootstrapServers,
            GroupId = "benchmark",
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            FetchQueueBackoffMs = 10,
            FetchWaitMaxMs = 10,
        }).SetLogHandler((_, _) => { });
        if (deserializer is not null)
        {
            _registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = task.SchemaRegistryUrl });
            builder.SetValueDeserializer(deserializer(_registry));
        }

        _consumer = builder.Build();
    }

    public Task RunAsync(Pass pass, CancellationToken cancellationToken)
    {
        long[] ends = [.. Enumerable.Range(0, _task.Partitions).Select(_task.RowsByPartition.Of)];
        _consumer.Assign(ends.Select((_, p) => new TopicPartitionOffset(_task.Topic, p, 0)));
        while (pass.Rows < _task.Rows)
        {
            ConsumeResult<Ignore, T> result = _consumer.Consume(cancellationToken);
            if (result.Offset < ends[result.Partition])
            {
                pass.Add(1);
                if (pass.AddsUp && _first is not null)
                {
                    pass.AddToSum(_first(result.Message.Value));
                }
            }
        }

        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _consumer.Dispose();
        _registry?.Dispose();
        return ValueTask.CompletedTask;
    }
}
