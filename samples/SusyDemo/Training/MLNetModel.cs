using Microsoft.ML;
using Microsoft.ML.Data;
using SusyDemo.Evaluation;
using SusyDemo.Network;
using SusyDemo.Reporting;

namespace SusyDemo.Training;

/// <summary>A binary classifier of ML.NET.</summary>
/// <param name="name">The name of its learner.</param>
/// <param name="ml">The context.</param>
/// <param name="model">The transformer.</param>
/// <param name="inputSchema">The columns that it was trained from.</param>
internal sealed class MLNetModel(string name, MLContext ml, ITransformer model, DataViewSchema inputSchema) : ITrainedModel
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
