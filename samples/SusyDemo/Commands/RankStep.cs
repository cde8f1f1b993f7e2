using System.Globalization;
using SusyDemo.Kafka;
using SusyDemo.Reporting;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>Trains a model as one of several processes. Rank 0 saves what a process alone would save.</summary>
/// <param name="learner">The name of what is trained.</param>
/// <param name="options">The command's options.</param>
/// <param name="output">Gets a line for each result.</param>
internal abstract class RankStep(string learner, DemoOptions options, TextWriter output)
{
    private readonly TrainingResults _results = new(options, output);

    protected ModelFiles Files => _results.Files;

    protected DemoOptions Options => options;

    protected TextWriter Output => output;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Files.Prepare();
        await using RankResult result = await TrainAsync(cancellationToken).ConfigureAwait(false);
        if (result.Rank == 0)
        {
            await _results.SaveAsync([result.Model], result.Data, $" {result.Ranks}", cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await _results.ReportAsync(learner, $" {result.Ranks}", result.Data).ConfigureAwait(false);
        }
    }

    /// <summary>Trains as this rank.</summary>
    protected abstract Task<RankResult> TrainAsync(CancellationToken cancellationToken);

    /// <summary>Shows the progress of a training.</summary>
    protected Task<T> ShowAsync<T>(int rank, int world, long? rows, Func<IProgressTask, Task<T>> train) => ProgressDisplay.RunAsync(async board =>
    {
        IProgressTask progress = board.Begin(string.Create(CultureInfo.InvariantCulture, $"train {learner}, rank {rank} of {world}"), rows);
        T trained = await train(progress).ConfigureAwait(false);
        progress.Finish();
        return trained;
    });

    /// <summary>What a rank has when the training has ended.</summary>
    /// <param name="Rank">Its number.</param>
    /// <param name="Ranks">The ranks, and what they trained, as text.</param>
    /// <param name="Model">The model.</param>
    /// <param name="Data">The events that all ranks trained from.</param>
    protected sealed record RankResult(int Rank, string Ranks, ITrainedModel Model, KafkaEventData Data) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Data.DisposeAsync();
    }
}
