namespace KafkaDatasets;

/// <summary>How well a model predicts one of several classes, beyond <see cref="ModelMetrics"/>, whose <see cref="ModelMetrics.Accuracy"/> is the micro-accuracy. A figure that the rows do not determine is NaN.</summary>
public sealed class MulticlassMetrics
{
    private readonly double[] _logLosses;
    private IReadOnlyList<ClassMetrics>? _classes;

    internal MulticlassMetrics(ConfusionMatrix confusion, double[] logLosses)
    {
        Confusion = confusion;
        _logLosses = logLosses;
    }

    /// <summary>How many rows of each class were predicted as each class.</summary>
    public ConfusionMatrix Confusion { get; }

    /// <summary>The figures of each class, in the order of <see cref="ConfusionMatrix.Classes"/>.</summary>
    public IReadOnlyList<ClassMetrics> Classes => _classes ??= CreateClasses();

    /// <summary>The mean recall of the classes that have rows: each class counts the same, however rare it is.</summary>
    public double MacroAccuracy => Classes.Where(c => c.Rows > 0).Select(c => c.Recall).DefaultIfEmpty(double.NaN).Average();

    /// <summary>
    /// For k = 1, 2, … (item k − 1): the share of rows whose class is among the k classes with the highest scores; of equal scores, the class with the lower index is the higher one. Of rows with scores; empty without such rows.
    /// </summary>
    public required IReadOnlyList<double> TopAccuracies { get; init; }

    /// <summary>By how much the log loss is smaller than that of a model that predicts each class with its share of the rows, as a fraction: 1 for a perfect model, below 0 for one that is worse than that.</summary>
    public required double LogLossReduction { get; init; }

    /// <summary>The number of rows with scores for the classes, from which log loss, calibration and <see cref="TopAccuracies"/> are computed; the others have only a predicted class.</summary>
    public required long ScoredRows { get; init; }

    private ClassMetrics[] CreateClasses()
    {
        (long[] actual, long[] predicted) = Confusion.Sums();
        return [.. Confusion.Classes.Select((name, i) => new ClassMetrics(name, actual[i], predicted[i], (double)Confusion[i, i] / predicted[i], (double)Confusion[i, i] / actual[i], _logLosses[i]))];
    }
}
