using System.Globalization;
using SusyDemo.Evaluation;
using SusyDemo.Network;
using SusyDemo.Reporting;

namespace SusyDemo.Training;

/// <summary>The demo's neural network, trained from batches.</summary>
internal sealed class NetworkLearner(NetworkOptions options) : ILearner
{
    public const string LearnerName = "network";

    public string Name => LearnerName;

    /// <summary>A pass for the statistics, and the epochs.</summary>
    public long? RowsToRead(long rows) => rows * (1 + options.Epochs);

    public async Task<ITrainedModel> TrainAsync(IEventData data, IProgressTask progress, CancellationToken cancellationToken)
    {
        long statisticsRows = 0;
        NetworkModel model = await NetworkTrainer.TrainAsync(data.Batches, options, Report, cancellationToken).ConfigureAwait(false);
        return new Trained(model);

        void Report(NetworkProgress p)
        {
            if (p.Epoch == 0)
            {
                progress.Report(statisticsRows = p.Rows, "statistics");
            }
            else
            {
                progress.Report(statisticsRows + p.Rows, string.Create(CultureInfo.InvariantCulture, $"epoch {p.Epoch} of {options.Epochs}, loss {p.Loss:F4}"));
            }
        }
    }

    public ITrainedModel Load(string path) => new Trained(NetworkFile.Load(path));

    private sealed class Trained(NetworkModel model) : ITrainedModel
    {
        private const int BatchSize = 1000;

        public string Name => LearnerName;

        public IReadOnlyList<string> Features => model.Features;

        public IReadOnlyList<CurvePoint> Curve => model.Curve;

        public async Task<TestReport> TestAsync(IEventData data, IProgressTask progress, CancellationToken cancellationToken)
        {
            var scoreboard = new Scoreboard();
            await model.ScoreAsync(data.Batches, BatchSize, Score, cancellationToken).ConfigureAwait(false);
            return scoreboard.Sum();

            void Score(ReadOnlySpan<float> labels, ReadOnlySpan<float> probabilities)
            {
                for (int i = 0; i < labels.Length; i++)
                {
                    scoreboard.Add(labels[i] > 0.5f, probabilities[i], probabilities[i] > 0.5f);
                }

                progress.Report(scoreboard.Rows);
            }
        }

        public void Save(string path) => NetworkFile.Save(model, path);
    }
}
