using SusyDemo.Evaluation;
using SusyDemo.Kafka;
using SusyDemo.Plots;
using SusyDemo.Reporting;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>Tests models with the test topic, draws their ROC curves, and says how well they do.</summary>
internal sealed class TestStep(KafkaCluster cluster, DemoOptions options, TextWriter output)
{
    public async Task RunAsync(IReadOnlyList<ITrainedModel> models, CancellationToken cancellationToken)
    {
        string note = await CheckAsync(models, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<(string Model, TestReport Report)> reports =
            await ProgressDisplay.RunAsync(board => TestAsync(models, board, cancellationToken)).ConfigureAwait(false);

        var files = new ModelFiles(options.Output);
        RocPlot.Save(files.RocPicture, $"SUSY{note}: ROC on {options.TestTopic}", reports);
        await output.WriteLineAsync($"draw: ROC curves in {files.RocPicture}").ConfigureAwait(false);
        if (note.Length > 0)
        {
            await output.WriteLineAsync("note: the events are synthetic; how well models do on them says nothing about real collisions").ConfigureAwait(false);
        }

        foreach ((string model, TestReport report) in reports)
        {
            await output.WriteLineAsync(report.Summary(model)).ConfigureAwait(false);
        }
    }

    /// <summary>Makes sure that the topic can test the models, and returns what is to be noted of its events.</summary>
    private async Task<string> CheckAsync(IReadOnlyList<ITrainedModel> models, CancellationToken cancellationToken)
    {
        await using KafkaEventData data = await cluster.OpenAsync(options.TestTopic, null, cancellationToken).ConfigureAwait(false);
        if (data.Rows == 0)
        {
            throw new DemoException($"The topic {options.TestTopic} is empty: there is nothing to test with.");
        }

        foreach (ITrainedModel model in models)
        {
            if (model.Features.Except(data.Batches.Features).ToArray() is { Length: > 0 } missing)
            {
                throw new DemoException(
                    $"The model {model.Name} was trained with features that the topic {options.TestTopic} does not have: {string.Join(", ", missing)}.");
            }
        }

        return data.Note;
    }

    private async Task<IReadOnlyList<(string Model, TestReport Report)>> TestAsync(
        IReadOnlyList<ITrainedModel> models, IProgressBoard board, CancellationToken cancellationToken)
    {
        var reports = new List<(string Model, TestReport Report)>();
        foreach (ITrainedModel model in models)
        {
            await using KafkaEventData data = await cluster.OpenAsync(options.TestTopic, model.Features, cancellationToken).ConfigureAwait(false);
            IProgressTask progress = board.Begin($"test {model.Name}", data.Rows);
            reports.Add((model.Name, await model.TestAsync(data, progress, cancellationToken).ConfigureAwait(false)));
            progress.Finish();
        }

        return reports;
    }
}
