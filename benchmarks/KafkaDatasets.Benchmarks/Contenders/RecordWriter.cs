using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Topics;
using x10x_storage_machine_learning;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>The library's writer of records.</summary>
internal sealed class RecordWriter(ContenderTask task) : IContender
{
    private readonly CachedSchemaRegistryClient _registry = new(new SchemaRegistryConfig { Url = task.SchemaRegistryUrl });
    private readonly SUSYRecord[] _records = SusyRecords.Some();

    public async Task RunAsync(Pass pass, CancellationToken cancellationToken)
    {
        await using KafkaRecordWriter<SUSYRecord> writer = await KafkaRecordWriter<SUSYRecord>.OpenAsync(
            task.Topic,
            new KafkaWriterOptions { BootstrapServers = task.BootstrapServers, ClientConfig = task.ClientConfig, SchemaRegistry = _registry },
            cancellationToken);
        for (long row = 0; row < task.Rows; row++)
        {
            await writer.WriteAsync(_records[row % _records.Length], cancellationToken);
            pass.Add(1);
        }

        await writer.FlushAsync(cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _registry.Dispose();
        return ValueTask.CompletedTask;
    }
}
