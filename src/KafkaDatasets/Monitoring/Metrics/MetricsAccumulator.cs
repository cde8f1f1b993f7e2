using KafkaDatasets.Monitoring.Joining;

namespace KafkaDatasets.Monitoring.Metrics;

/// <summary>Counts rows of one version, from which its metrics are computed. Its size does not grow with the number of rows. There is one for each kind of label.</summary>
internal abstract class MetricsAccumulator
{
    /// <summary>The number of rows with a label.</summary>
    public long Rows { get; private set; }

    public long Unmatched { get; private set; }

    public void Add(in JoinedRow row)
    {
        if (row.Label is not { } label)
        {
            Unmatched++;
            return;
        }

        Rows++;
        Count(row.Score.Prediction, label.Value);
    }

    /// <summary>What a detector is told of a row: 0 for a right class and 1 for a wrong one, or the distance of a number.</summary>
    public abstract double ErrorOf(in Prediction prediction, float label);

    public abstract ModelMetrics ToMetrics();

    /// <summary>Counts a row with a label; <see cref="Rows"/> has been counted.</summary>
    protected abstract void Count(in Prediction prediction, float label);

    /// <summary>A sum as a mean over the rows; NaN if there are none.</summary>
    protected double Mean(double sum) => Rows == 0 ? double.NaN : sum / Rows;
}
