using Confluent.Kafka;
using Confluent.Kafka.SyncOverAsync;
using Confluent.SchemaRegistry;
using Confluent.SchemaRegistry.Serdes;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Topics;
using x10x_storage_machine_learning;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>Confluent.Kafka's producer with Confluent's Avro serializer.</summary>
internal sealed class SerializingWriter : IContender
{
    private readonly ContenderTask _task;
    private readonly CachedSchemaRegistryClient _registry;
    private readonly IProducer<Null, SUSYRecord> _producer;
    private readonly SUSYRecord[] _records = SusyRecords.Some();
    private Error? _error;

    public SerializingWriter(ContenderTask task)
    {
        _task = task;
        _registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = task.SchemaRegistryUrl });
        ProducerConfig config = WriterSettings.For(task);
        config.DeliveryReportFields = "none";
        _producer = new ProducerBuilder<Null, SUSYRecord>(config)
            .SetLogHandler((_, _) => { })
            .SetValueSerializer(new AvroSerializer<SUSYRecord>(_registry).AsSyncOverAsync())
            .Build();
    }

    public Task RunAsync(Pass pass, CancellationToken cancellationToken)
    {
        TopicPartition[] targets = [.. Enumerable.Range(0, _task.Partitions).Select(p => new TopicPartition(_task.Topic, p))];
        var message = new Message<Null, SUSYRecord>();
        for (long row = 0; row < _task.Rows; row++)
        {
            message.Value = _records[row % _records.Length];
            _producer.ProduceOrWait(targets[row / 1024 % targets.Length], message, OnDelivery);
            pass.Add(1);
        }

        _producer.Flush(cancellationToken);
        return _error is { } error ? throw new KafkaException(error) : Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _producer.Dispose();
        _registry.Dispose();
        return ValueTask.CompletedTask;
    }

    private void OnDelivery(DeliveryReport<Null, SUSYRecord> report)
    {
        if (report.Error.IsError)
        {
            _error = report.Error;
        }
    }
}
