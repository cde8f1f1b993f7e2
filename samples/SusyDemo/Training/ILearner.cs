using SusyDemo.Reporting;

namespace SusyDemo.Training;

/// <summary>A way to train a model.</summary>
internal interface ILearner
{
    /// <summary>The name by which the user chooses it.</summary>
    string Name { get; }

    /// <summary>How many rows it reads from data of that many rows, or null if only it knows.</summary>
    long? RowsToRead(long rows);

    Task<ITrainedModel> TrainAsync(IEventData data, IProgressTask progress, CancellationToken cancellationToken);

    /// <summary>Loads a model that was saved.</summary>
    /// <exception cref="DemoException">The file is not one of this learner's models.</exception>
    ITrainedModel Load(string path);
}
