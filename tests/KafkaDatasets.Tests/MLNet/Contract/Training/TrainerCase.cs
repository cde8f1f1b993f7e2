using Microsoft.ML;

namespace KafkaDatasets.Tests.MLNet.Contract.Training;

/// <summary>A trainer, and how it is held against itself.</summary>
/// <param name="Task">What it learns.</param>
/// <param name="Name">Its name in ML.NET.</param>
/// <param name="Label">What it learns from.</param>
/// <param name="Fit">Trains a model.</param>
/// <param name="Note">What the settings are there for.</param>
internal sealed record TrainerCase(string Task, string Name, Label Label, Func<MLContext, IDataView, ITransformer> Fit, string? Note = null)
{
    /// <summary>Trains a model, and trains it further.</summary>
    public Func<MLContext, IDataView, ITransformer>? Continue { get; init; }
}
