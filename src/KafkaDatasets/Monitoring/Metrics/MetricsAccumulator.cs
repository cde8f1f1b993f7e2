using System.Runtime.InteropServices;
using KafkaDatasets.Monitoring.Joining;

namespace KafkaDatasets.Monitoring.Metrics;

/// <summary>Counts rows of one version, from which its metrics are computed. Its size does not grow with the number of rows.</summary>
/// <param name="isProbability">Whether the scores' values are probabilities; otherwise only accuracy and AUC are known.</param>
internal sealed class MetricsAccumulator(bool isProbability)
{
    /// <summary>The number of bins of the calibration.</summary>
    public const int Bins = 10;

    /// <summary>How many of a value's lowest bits the AUC does not tell apart: values that differ by less than 1/2048 of their distance to 0 or 1 count as the same.</summary>
    private const int DroppedBits = 12;

    /// <summary>The smallest probability that the log loss counts with: that of a certain error is infinite.</summary>
    private const double LeastProbability = 1e-7;

    private readonly Dictionary<long, (long Negative, long Positive)> _values = [];
    private readonly (long Rows, double Probability, long Positive)[] _bins = new (long, double, long)[Bins];
    private long _positive;
    private long _correct;
    private double _logLoss;

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
        _positive += label.IsPositive ? 1 : 0;
        _correct += row.Score.IsPositive == label.IsPositive ? 1 : 0;
        ref (long Negative, long Positive) value = ref CollectionsMarshal.GetValueRefOrAddDefault(_values, BinOf(row.Score.Value), out _);
        if (label.IsPositive)
        {
            value.Positive++;
        }
        else
        {
            value.Negative++;
        }

        if (isProbability)
        {
            double probability = Math.Clamp(row.Score.Value, 0, 1);
            _logLoss -= Math.Log(Math.Max(LeastProbability, label.IsPositive ? probability : 1 - probability));
            ref (long Rows, double Probability, long Positive) bin = ref _bins[Math.Min(Bins - 1, (int)(probability * Bins))];
            bin = (bin.Rows + 1, bin.Probability + probability, bin.Positive + (label.IsPositive ? 1 : 0));
        }
    }

    public ModelMetrics ToMetrics() => new()
    {
        Rows = Rows,
        Unmatched = Unmatched,
        Positive = _positive,
        Accuracy = Rows == 0 ? double.NaN : (double)_correct / Rows,
        Auc = Auc(),
        LogLoss = isProbability && Rows > 0 ? _logLoss / Rows : double.NaN,
        CalibrationError = isProbability && Rows > 0 ? _bins.Sum(b => Math.Abs(b.Probability - b.Positive)) / Rows : double.NaN,
        Calibration = isProbability
            ? [.. _bins.Select((b, i) => new CalibrationBin((double)i / Bins, (double)(i + 1) / Bins, b.Rows, b.Rows == 0 ? double.NaN : b.Probability / b.Rows, b.Rows == 0 ? double.NaN : (double)b.Positive / b.Rows))]
            : [],
    };

    /// <summary>A number that orders values, and is as fine near 1 as it is near 0: models are often nearly certain.</summary>
    private static long BinOf(float value)
    {
        return (value <= 0.5f ? Ordered(value) : (2 * Ordered(0.5f)) - Ordered(1 - value)) >> DroppedBits;

        static long Ordered(float value)
        {
            uint bits = BitConverter.SingleToUInt32Bits(value);
            return bits ^ ((uint)((int)bits >> 31) | 0x8000_0000);
        }
    }

    private double Auc()
    {
        double pairs = 0;
        double negatives = 0;
        foreach ((_, (long negative, long positive)) in _values.OrderBy(v => v.Key))
        {
            pairs += positive * (negatives + (negative / 2.0));
            negatives += negative;
        }

        return _positive == 0 || _positive == Rows ? double.NaN : pairs / ((double)_positive * (Rows - _positive));
    }
}
