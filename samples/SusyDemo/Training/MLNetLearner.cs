using Microsoft.ML;
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
            return new MLNetModel(name, ml, model, view.Schema);
        }
    }

    public ITrainedModel Load(string path)
    {
        var ml = new MLContext(seed);
        try
        {
            ITransformer model = ml.Model.Load(path, out DataViewSchema schema);
            return new MLNetModel(name, ml, model, schema);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or InvalidOperationException or UnauthorizedAccessException)
        {
            throw new DemoException($"{path} cannot be read as a model of ML.NET: {e.Message}", e);
        }
    }
}
