using System.Diagnostics;
using System.Text.Json;
using KafkaDatasets.Benchmarks.Contenders;
using Microsoft.ML;

namespace KafkaDatasets.Benchmarks.Measuring;

/// <summary>Views opened, read and dropped in a row, none of them disposed: what the process holds at most.</summary>
internal static class DroppedViewsMeasurement
{
    public const string Command = "measure-dropped-views";

    /// <summary>Measures in a process of its own.</summary>
    /// <returns>The peak, in bytes.</returns>
    public static Task<long> StartAsync(ContenderTask task, CancellationToken cancellationToken) => ChildProcess.RunAsync<long>(Command, task, cancellationToken);

    /// <summary>What that process does: as many views as <see cref="ContenderTask.AtOnce"/> says.</summary>
    public static async Task AnswerAsync(string json, CancellationToken cancellationToken)
    {
        ContenderTask task = JsonSerializer.Deserialize<ContenderTask>(json)!;
        var ml = new MLContext(seed: 1);
        using var registry = new Confluent.SchemaRegistry.CachedSchemaRegistryClient(new Confluent.SchemaRegistry.SchemaRegistryConfig { Url = task.SchemaRegistryUrl });
        for (int i = 0; i < task.AtOnce; i++)
        {
            await Task.Run(
                () =>
                {
                    var pass = new Pass(task.Rows, addsUp: false);
                    CursorPass.Run(KafkaDataView.FromTopic(ml, task.Topic, DatasetOptions.For(task, FetchEngine.Direct, registry)), [], pass, cancellationToken);
                },
                cancellationToken);
        }

        using Process self = Process.GetCurrentProcess();
        ChildProcess.Answer(self.PeakWorkingSet64);
    }
}
