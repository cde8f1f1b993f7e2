using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Measuring;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>A logistic regression that learns every row of the library's tensor batches by FTRL-Proximal, standardized as it goes.</summary>
internal sealed class FtrlLearner(CachedSchemaRegistryClient registry, KafkaDataset dataset) : IContender
{
    public static async Task<FtrlLearner> OpenAsync(ContenderTask task)
    {
        var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = task.SchemaRegistryUrl });
        return new FtrlLearner(registry, await KafkaDataset.OpenAsync(task.Topic, DatasetOptions.For(task, FetchEngine.Direct, registry)));
    }

    public async Task RunAsync(Pass pass, CancellationToken cancellationToken)
    {
        IOnlineLearner learner = OnlineLearner.Ftrl(OnlineTask.BinaryClassification, dataset.Features);
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 1000 }, cancellationToken))
        {
            using (batch)
            {
                learner.Learn(batch);
                pass.Add(batch.Rows);
            }
        }

        if (learner.Rows != pass.Rows)
        {
            throw new InvalidOperationException($"{learner.Rows:N0} rows were learned of {pass.Rows:N0}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await dataset.DisposeAsync();
        registry.Dispose();
    }
}
