namespace KafkaDatasets;

/// <summary>How many rows of each class were predicted as each class.</summary>
public sealed class ConfusionMatrix
{
    private readonly Dictionary<(int Actual, int Predicted), long> _cells;

    internal ConfusionMatrix(IReadOnlyList<string> classes, Dictionary<(int Actual, int Predicted), long> cells)
    {
        Classes = classes;
        _cells = cells;
    }

    /// <summary>The classes, in the order of their indices.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The number of rows of one class that were predicted as another, or as the same.</summary>
    /// <param name="actual">The index of the label's class.</param>
    /// <param name="predicted">The index of the predicted class; the number of classes for rows whose predicted class is none of them.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public long this[int actual, int predicted]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(actual);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(actual, Classes.Count);
            ArgumentOutOfRangeException.ThrowIfNegative(predicted);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(predicted, Classes.Count);
            return _cells.GetValueOrDefault((actual, predicted));
        }
    }

    /// <summary>The number of rows whose predicted class is none of <see cref="Classes"/>: they count as wrong.</summary>
    public long UnknownPredictions => _cells.Sum(c => c.Key.Predicted == Classes.Count ? c.Value : 0);

    /// <summary>The number of rows of each class, and of each predicted class.</summary>
    internal (long[] Actual, long[] Predicted) Sums()
    {
        long[] actual = new long[Classes.Count];
        long[] predicted = new long[Classes.Count + 1];
        foreach (((int row, int column), long rows) in _cells)
        {
            actual[row] += rows;
            predicted[column] += rows;
        }

        return (actual, predicted);
    }
}
