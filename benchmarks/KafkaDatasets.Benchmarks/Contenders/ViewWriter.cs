using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Measuring;
using Microsoft.ML;
using x10x_storage_machine_learning;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>The library's saver of views.</summary>
internal sealed class ViewWriter(ContenderTask task) : IContender
{
    private readonly CachedSchemaRegistryClient _registry = new(new SchemaRegistryConfig { Url = task.SchemaRegistryUrl });
    private readonly MLContext _ml = new(seed: 1);

    public Task RunAsync(Pass pass, CancellationToken cancellationToken)
    {
        _ml.Data.SaveToKafka(
            new SusyView(task.Rows, pass),
            task.Topic,
            new KafkaWriterOptions
            {
                BootstrapServers = task.BootstrapServers,
                ClientConfig = task.ClientConfig,
                SchemaRegistry = _registry,
                Schema = SUSYRecord._SCHEMA.ToString(),
            },
            cancellationToken);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _registry.Dispose();
        return ValueTask.CompletedTask;
    }
}
