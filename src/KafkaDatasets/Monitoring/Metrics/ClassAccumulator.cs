using System.Runtime.InteropServices;
using KafkaDatasets.Monitoring.Joining;

namespace KafkaDatasets.Monitoring.Metrics;

/// <summary>The metrics of several classes.</summary>
/// <param name="names">The classes.</param>
internal sealed class ClassAccumulator(IReadOnlyList<string> names) : MetricsAccumulator
{
    /// <summary>The smallest probability that the log loss counts with, as in ML.NET.</summary>
    private const float LeastProbability = 1e-15f;

    private readonly Dictionary<(int Actual, int Predicted), long> _cells = [];
    private readonly CalibrationBins _calibration = new();
    private readonly long[] _ranks = new long[names.Count];
    private readonly long[] _scored = new long[names.Count];
    private readonly double[] _logLoss = new double[names.Count];
    private bool _isProbability = true;

    public override double ErrorOf(in Prediction prediction, float label) => prediction.Class == (int)label ? 0 : 1;

    public override ModelMetrics ToMetrics()
    {
        long scored = _scored.Sum();
        bool isProbability = _isProbability && scored > 0;
        var confusion = new ConfusionMatrix(names, _cells.ToDictionary());
        double logLoss = isProbability ? _logLoss.Sum() / scored : double.NaN;
        return new ModelMetrics
        {
            Rows = Rows,
            Unmatched = Unmatched,
            Positive = 0,
            Accuracy = Mean(Enumerable.Range(0, names.Count).Sum(i => confusion[i, i])),
            Auc = double.NaN,
            LogLoss = logLoss,
            CalibrationError = isProbability ? _calibration.Error : double.NaN,
            Calibration = isProbability ? _calibration.ToList() : [],
            Multiclass = new MulticlassMetrics(confusion, [.. _logLoss.Zip(_scored, (loss, rows) => isProbability && rows > 0 ? loss / rows : double.NaN)])
            {
                ScoredRows = scored,
                LogLossReduction = 1 - (logLoss / Entropy(scored)),
                TopAccuracies = scored == 0 ? [] : Cumulated(scored),
            },
        };
    }

    protected override void Count(in Prediction prediction, float label)
    {
        int actual = (int)label;
        CollectionsMarshal.GetValueRefOrAddDefault(_cells, (actual, prediction.Class), out _)++;
        if (prediction.Scores is not { } scores)
        {
            return;
        }

        // Of equal scores, the earlier class is the better one, as in ML.NET.
        float own = scores[actual];
        int rank = 0;
        float highest = float.NegativeInfinity;
        for (int i = 0; i < scores.Length; i++)
        {
            rank += scores[i] > own || (scores[i] == own && i < actual) ? 1 : 0;
            highest = Math.Max(highest, scores[i]);
            _isProbability &= scores[i] is (>= 0 and <= 1) or float.NegativeInfinity;
        }

        _ranks[rank]++;
        _scored[actual]++;
        if (_isProbability)
        {
            _logLoss[actual] -= Math.Log(Math.Clamp(own, LeastProbability, 1));
            _calibration.Add(highest, prediction.Class == actual);
        }
    }

    private double[] Cumulated(long scored)
    {
        long sum = 0;
        return [.. _ranks.Select(r => (double)(sum += r) / scored)];
    }

    /// <summary>The log loss of a model that predicts the classes' shares for every row.</summary>
    private double Entropy(long scored) => _scored.Where(n => n > 0).Sum(n => -(double)n / scored * Math.Log((double)n / scored));
}
