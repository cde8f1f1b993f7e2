using System.Runtime.InteropServices;
using KafkaDatasets.Monitoring.Joining;

namespace KafkaDatasets.Monitoring.Metrics;

/// <summary>The metrics of two classes.</summary>
/// <param name="isProbability">Whether the scores' values are probabilities; otherwise only accuracy and AUC are known.</param>
internal sealed class BinaryAccumulator(bool isProbability) : MetricsAccumulator
{
    /// <summary>How many of a value's lowest bits the AUC does not tell apart: values that differ by less than 1/2048 of their distance to 0 or 1 count as the same.</summary>
    private const int DroppedBits = 12;

    /// <summary>The smallest probability that the log loss counts with: that of a certain error is infinite.</summary>
    private const double LeastProbability = 1e-7;

    private readonly Dictionary<long, (long Negative, long Positive)> _values = [];
    private readonly CalibrationBins? _calibration = isProbability ? new CalibrationBins() : null;
    private long _positive;
    private long _correct;
    private double _logLoss;

    public override double ErrorOf(in Prediction prediction, float label) => IsPositive(label) == (prediction.Class == 1) ? 0 : 1;

    public override ModelMetrics ToMetrics() => new()
    {
        Rows = Rows,
        Unmatched = Unmatched,
        Positive = _positive,
        Accuracy = Mean(_correct),
        Auc = Auc(),
        LogLoss = isProbability ? Mean(_logLoss) : double.NaN,
        CalibrationError = _calibration?.Error ?? double.NaN,
        Calibration = _calibration?.ToList() ?? [],
    };

    protected override void Count(in Prediction prediction, float label)
    {
        bool isPositive = IsPositive(label);
        _positive += isPositive ? 1 : 0;
        _correct += isPositive == (prediction.Class == 1) ? 1 : 0;
        ref (long Negative, long Positive) value = ref CollectionsMarshal.GetValueRefOrAddDefault(_values, BinOf(prediction.Value), out _);
        if (isPositive)
        {
            value.Positive++;
        }
        else
        {
            value.Negative++;
        }

        if (_calibration is not null)
        {
            double probability = Math.Clamp(prediction.Value, 0, 1);
            _logLoss -= Math.Log(Math.Max(LeastProbability, isPositive ? probability : 1 - probability));
            _calibration.Add(probability, isPositive);
        }
    }

    private static bool IsPositive(float label) => label > 0.5f;

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
