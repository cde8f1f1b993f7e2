using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Measuring;
using Microsoft.ML;
using Microsoft.ML.Trainers;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>A trainer of ML.NET that shuffles where the view can: one iteration over the library's view.</summary>
internal sealed class PerceptronLearner(CachedSchemaRegistryClient registry, KafkaDataset dataset, PerceptronOrder order) : IContender
{
    public static async Task<PerceptronLearner> OpenAsync(ContenderTask task, PerceptronOrder order)
    {
        var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = task.SchemaRegistryUrl });
        return new PerceptronLearner(registry, await KafkaDataset.OpenAsync(task.Topic, DatasetOptions.For(task, FetchEngine.Direct, registry)), order);
    }

    public Task RunAsync(Pass pass, CancellationToken cancellationToken)
    {
        var ml = new MLContext(seed: 1);
        IDataView view = dataset.ToDataView(ml);
        view = order == PerceptronOrder.Pool ? ml.Data.ShuffleRows(view, shuffleSource: false) : view;
        ml.BinaryClassification.Trainers.AveragedPerceptron(
            new AveragedPerceptronTrainer.Options { NumberOfIterations = 1, Shuffle = order != PerceptronOrder.Canonical }).Fit(view);
        pass.Add(dataset.Snapshot.Length);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await dataset.DisposeAsync();
        registry.Dispose();
    }
}
