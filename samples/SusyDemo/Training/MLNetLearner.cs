using Microsoft.ML;
using Microsoft.ML.Data;
using SusyDemo.Evaluation;
using SusyDemo.Network;
using SusyDemo.Reporting;

namespace SusyDemo.Training;

/// <summary>A binary classifier of ML.NET, trained from the view.</summary>
/// <param name="name">Its name.</param>
/// <param name="seed">The seed.</param>
/// <param name="pipeline">Makes the estimator.</param>
internal sealed class MLNetLearner(string name, int seed, Func<MLContext, IEstimator<ITransformer>> pipeline) : ILearner
{
    public string Name => name;

    public long? RowsToRead(long rows) => null;

    public Task<ITrainedModel> TrainAsync(IEventData data, IProgressTask progress, CancellationToken cancellationToken)
    {
        // ML.NET's trainers work on the thread that calls them, and once they have read the rows they cannot be cancelled, only left behind.
        return Task.Factory.StartNew(Train, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(cancellationToken);

        ITrainedModel Train()
        {
            var ml = new MLContext(seed);
            IDataView view = data.ToDataView(ml);
            ITransformer model = pipeline(ml).Fit(new ObservedView(view, rows => progress.Report(rows), cancellationToken));
            return new Trained(name, ml, model, view.Schema);
        }
    }

    public ITrainedModel Load(string path)
    {
        var ml = new MLContext(seed);
        try
        {
            ITransformer model = ml.Model.Load(path, out DataViewSchema schema);
            return new Trained(name, ml, model, schema);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or InvalidOperationException or UnauthorizedAccessException)
        {
            throw new DemoException($"{path} cannot be read as a model of ML.NET: {e.Message}", e);
        }
    }

    private sealed class Trained(string name, MLContext ml, ITransformer model, DataViewSchema inputSchema) : ITrainedModel
    {
        public string Name => name;

        /// <summary>The slot names of the column <c>Features</c>, which are saved with the model.</summary>
        public IReadOnlyList<string> Features { get; } = FeatureNames(inputSchema);

        public IReadOnlyList<CurvePoint> Curve => [];

        public Task<TestReport> TestAsync(IEventData data, IProgressTask progress, CancellationToken cancellationToken)
        {
            return Task.Factory.StartNew(Test, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

            TestReport Test()
            {
                IDataView scored = model.Transform(new ObservedView(data.ToDataView(ml), rows => progress.Report(rows), cancellationToken));
                DataViewSchema.Column[] columns =
                    [scored.Schema["Label"], scored.Schema["Score"], scored.Schema["PredictedLabel"]];
                using DataViewRowCursor cursor = scored.GetRowCursor(columns);
                ValueGetter<bool> getLabel = cursor.GetGetter<bool>(columns[0]);
                ValueGetter<float> getScore = cursor.GetGetter<float>(columns[1]);
                ValueGetter<bool> getPredicted = cursor.GetGetter<bool>(columns[2]);
                var scoreboard = new Scoreboard();
                bool label = false;
                float score = 0;
                bool predicted = false;
                while (cursor.MoveNext())
                {
                    getLabel(ref label);
                    getScore(ref score);
                    getPredicted(ref predicted);
                    scoreboard.Add(label, score, predicted);
                }

                return scoreboard.Sum();
            }
        }

        public void Save(string path) => ml.Model.Save(model, inputSchema, path);

        private static string[] FeatureNames(DataViewSchema schema)
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            schema["Features"].GetSlotNames(ref names);
            return [.. names.DenseValues().Select(n => n.ToString())];
        }
    }
}
