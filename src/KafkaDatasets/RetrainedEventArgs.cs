namespace KafkaDatasets;

/// <summary>What came of a change that was found in a model's errors.</summary>
public sealed class RetrainedEventArgs : EventArgs
{
    /// <summary>Creates the arguments for two models of two classes.</summary>
    /// <param name="drift">The change.</param>
    /// <param name="snapshot">The rows since it began.</param>
    /// <param name="championAuc">The AUC of the model that was in use.</param>
    /// <param name="challengerAuc">The AUC of the new model.</param>
    /// <param name="model">The new model's file; null if it was not promoted.</param>
    public RetrainedEventArgs(DriftPoint drift, DatasetSnapshot snapshot, double championAuc, double challengerAuc, string? model)
        : this(drift, snapshot, AucName, championAuc, challengerAuc, model)
    {
    }

    internal RetrainedEventArgs(DriftPoint drift, DatasetSnapshot snapshot, string measure, double champion, double challenger, string? model)
    {
        Drift = drift;
        Snapshot = snapshot;
        Measure = measure;
        ChampionScore = champion;
        ChallengerScore = challenger;
        Model = model;
    }

    /// <summary>The name of what models of two classes are compared by.</summary>
    internal const string AucName = "AUC";

    /// <summary>The change.</summary>
    public DriftPoint Drift { get; }

    /// <summary>The offsets since the change began: those that the challenger was trained from, and those that both models were compared on.</summary>
    public DatasetSnapshot Snapshot { get; }

    /// <summary>What the models were compared by: <c>AUC</c> for two classes, <c>accuracy</c> for several, <c>R²</c> for a number.</summary>
    public string Measure { get; }

    /// <summary>The <see cref="Measure"/> of the model in use, on rows that neither model was trained from; the higher, the better.</summary>
    public double ChampionScore { get; }

    /// <summary>The <see cref="Measure"/> of the new model, on the same rows.</summary>
    public double ChallengerScore { get; }

    /// <summary>The AUC of the model in use, on rows that neither model was trained from; NaN unless there are two classes.</summary>
    public double ChampionAuc => Measure == AucName ? ChampionScore : double.NaN;

    /// <summary>The AUC of the new model, on the same rows; NaN unless there are two classes.</summary>
    public double ChallengerAuc => Measure == AucName ? ChallengerScore : double.NaN;

    /// <summary>The new model's file; null if the model in use remains, since the new one was not better.</summary>
    public string? Model { get; }
}
