using System.Diagnostics;
using System.Text.Json;
using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.LightGbm;
using Microsoft.ML;
using Microsoft.ML.Trainers.LightGbm;

namespace KafkaDatasets.Benchmarks.Measuring;

/// <summary>A training from a topic, the second one in its process.</summary>
internal static class LightGbmMeasurement
{
    public const string Command = "measure-lightgbm";

    /// <summary>More threads wait for each other in a spin, which measures what else the machine does.</summary>
    private const int Threads = 1;

    /// <summary>Measures a training in a process of its own.</summary>
    public static Task<LightGbmTimes> StartAsync(LightGbmTask task, CancellationToken cancellationToken) => ChildProcess.RunAsync<LightGbmTimes>(Command, task, cancellationToken);

    /// <summary>What that process does.</summary>
    public static async Task AnswerAsync(string json, CancellationToken cancellationToken)
    {
        LightGbmTask task = JsonSerializer.Deserialize<LightGbmTask>(json)!;
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = task.Topic.SchemaRegistryUrl });
        KafkaDatasetOptions options = DatasetOptions.For(task.Topic, FetchEngine.Auto, registry);
        await TrainAsync(task with { Trees = 1 }, options, cancellationToken);
        using Process self = Process.GetCurrentProcess();
        TimeSpan processor = self.TotalProcessorTime;
        long started = Stopwatch.GetTimestamp();
        await TrainAsync(task, options, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        self.Refresh();
        ChildProcess.Answer(new LightGbmTimes(seconds, (self.TotalProcessorTime - processor).TotalSeconds, self.PeakWorkingSet64));
    }

    private static async Task TrainAsync(LightGbmTask task, KafkaDatasetOptions options, CancellationToken cancellationToken)
    {
        if (task.World > 0)
        {
            LightGbmModel model = await LightGbmTrainer.TrainAsync(
                task.Topic.Topic, options, new LightGbmOptions { Iterations = task.Trees, Threads = Threads, World = new LightGbmWorld(task.Rank, task.World, task.Coordinator) }, cancellationToken);
            Check(model.Rows, task.Topic.Rows);
            return;
        }

        var ml = new MLContext(seed: 1);
        IDataView view = KafkaDataView.FromTopic(ml, task.Topic.Topic, options);
        ml.BinaryClassification.Trainers.LightGbm(
            new LightGbmBinaryTrainer.Options { NumberOfIterations = task.Trees, NumberOfLeaves = 31, MinimumExampleCountPerLeaf = 20, LearningRate = 0.1, NumberOfThreads = Threads }).Fit(view);
    }

    private static void Check(long rows, long expected)
    {
        if (rows != expected)
        {
            throw new InvalidOperationException($"The model is from {rows:N0} rows, not {expected:N0}.");
        }
    }
}
