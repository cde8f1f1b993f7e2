using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using Microsoft.ML;

namespace KafkaDatasets.Learning;

/// <summary>A linear model that learns row by row: a running standardization of the features, a score, and a step of the weights by the score's error.</summary>
/// <remarks>
/// <para>All vectors have one slot for each feature, one for the intercept (a feature that is always 1), and padding up to a multiple of four. Sums over slots are always taken in the same four lanes, so that the
/// results do not depend on the width of the processor's registers. Numbers are never fused into multiply-adds, which some processors lack.</para>
/// <para>A row is standardized by the mean and the variance of the rows before it, so that its score is the same whether it is learned or not. A standardized value counts at most as √n, for n values before it, because
/// no value within n values is farther from their mean: without that limit, a few almost equal values at the start would make the next one huge.</para>
/// </remarks>
internal abstract class LinearLearner : IOnlineLearner
{
    private const int Version = 1;
    private const int Lanes = 4;

    private readonly Lock _gate = new();
    private readonly bool _standardize;
    private readonly float[] _row;
    private readonly double[] _bias;
    private readonly double[] _x;
    private readonly double[] _count;
    private readonly double[] _mean;
    private readonly double[] _deviation;
    private readonly double[] _scale;
    private readonly double[] _limit;

    protected LinearLearner(OnlineTask task, string[] features, bool standardize)
    {
        Task = task;
        Features = features;
        _standardize = standardize;
        Slots = (features.Length + Lanes) / Lanes * Lanes;
        _row = new float[Slots];
        _bias = new double[Slots];
        _bias[features.Length] = 1;
        _x = new double[Slots];
        _count = new double[Slots];
        _mean = new double[Slots];
        _deviation = new double[Slots];
        _scale = new double[Slots];
        _limit = new double[Slots];
        Weights = new double[Slots];
    }

    public abstract string Name { get; }

    public abstract string Settings { get; }

    public OnlineTask Task { get; }

    public IReadOnlyList<string> Features { get; }

    public bool IsCalibrated => Task == OnlineTask.BinaryClassification;

    public long Rows { get; private set; }

    /// <summary>The number of slots of each vector.</summary>
    protected int Slots { get; }

    /// <summary>The weights of standardized features; that of the intercept follows those of the features.</summary>
    internal double[] Weights { get; }

    /// <summary>The vectors of the optimizer that belong to the state, besides the weights.</summary>
    protected abstract IEnumerable<double[]> State { get; }

    public void Learn(ReadOnlySpan<float> features, ReadOnlySpan<float> labels, Span<float> scores)
    {
        LearnedRows.Check(Features.Count, features, labels.Length, scores);
        lock (_gate)
        {
            LearnRows(features, labels, scores);
        }
    }

    public void Score(ReadOnlySpan<float> features, Span<float> scores)
    {
        int width = Features.Count;
        LearnedRows.Check(width, features, scores.Length, scores);
        lock (_gate)
        {
            for (int i = 0; i < scores.Length; i++)
            {
                scores[i] = (float)ScoreRow(features.Slice(i * width, width));
            }
        }
    }

    public void Save(Stream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        LearnerHeader.Write(writer, this, Version);
        lock (_gate)
        {
            writer.Write(Rows);
            foreach (double[] vector in Vectors)
            {
                writer.Write(MemoryMarshal.AsBytes<double>(vector));
            }
        }
    }

    public void Load(Stream stream)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        LearnerHeader.Read(reader, this, Version);
        double[][] vectors = [.. Vectors];
        byte[] state = reader.ReadBytes(sizeof(long) + (vectors.Length * Slots * sizeof(double)) + 1);
        if (state.Length != sizeof(long) + (vectors.Length * Slots * sizeof(double)))
        {
            throw new FormatException($"The state of the learner {Name} is not complete, or has something after it.");
        }

        lock (_gate)
        {
            Rows = BitConverter.ToInt64(state);
            for (int i = 0; i < vectors.Length; i++)
            {
                MemoryMarshal.Cast<byte, double>(state.AsSpan(sizeof(long))).Slice(i * Slots, Slots).CopyTo(vectors[i]);
            }

            Array.Clear(_scale);
            Array.Clear(_limit);
            for (int i = 0; _standardize && i < Slots; i++)
            {
                _limit[i] = Math.Sqrt(_count[i]);
                _scale[i] = _deviation[i] > 0 ? Math.Sqrt(_count[i] / _deviation[i]) : 0;
            }
        }
    }

    public ITransformer ToTransformer(MLContext ml)
    {
        ArgumentNullException.ThrowIfNull(ml);
        float[] weights = new float[Features.Count];
        double[] means = new double[Features.Count];
        double intercept;
        lock (_gate)
        {
            intercept = Weights[Features.Count];
            for (int i = 0; i < weights.Length; i++)
            {
                means[i] = _standardize ? _mean[i] : 0;
                double weight = _standardize ? Weights[i] * _scale[i] : Weights[i];
                intercept -= _standardize ? weight * _mean[i] : 0;
                weights[i] = (float)weight;
            }
        }

        return LinearModels.Create(ml, this, weights, (float)intercept, means);
    }

    /// <summary>Changes the weights by the gradient of the loss, which is the error times the row.</summary>
    /// <param name="error">The predicted probability or value, minus the label.</param>
    /// <param name="x">The standardized row, of <see cref="Slots"/> values.</param>
    internal abstract void Step(double error, ReadOnlySpan<double> x);

    private IEnumerable<double[]> Vectors => [Weights, _count, _mean, _deviation, .. State];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LearnRows(ReadOnlySpan<float> features, ReadOnlySpan<float> labels, Span<float> scores)
    {
        int width = Features.Count;
        bool isBinary = Task == OnlineTask.BinaryClassification;
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = features.Slice(i * width, width);
            float label = labels[i];
            if (!float.IsFinite(label)) // an infinite error would make every weight infinite forever
            {
                scores[i] = (float)ScoreRow(row);
                continue;
            }

            double score = Enter(row);
            scores[i] = (float)score;
            Step((isBinary ? ExactMath.Logistic(score) : score) - label, _x);
            Rows++;
        }
    }

    /// <summary>Scores a row and counts its values in the running statistics.</summary>
    private double Enter(ReadOnlySpan<float> row)
    {
        row.CopyTo(_row);
        return _standardize ? Standardize<True>() : Copy();
    }

    private double ScoreRow(ReadOnlySpan<float> row)
    {
        row.CopyTo(_row);
        return _standardize ? Standardize<False>() : Copy();
    }

    /// <summary>Standardizes the row by the statistics so far, and returns its score; then counts it in the statistics, if it is learned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Standardize<TLearns>()
        where TLearns : struct, IFlag
    {
        ref float rows = ref MemoryMarshal.GetArrayDataReference(_row);
        ref double xs = ref MemoryMarshal.GetArrayDataReference(_x);
        ref double biases = ref MemoryMarshal.GetArrayDataReference(_bias);
        ref double counts = ref MemoryMarshal.GetArrayDataReference(_count);
        ref double means = ref MemoryMarshal.GetArrayDataReference(_mean);
        ref double deviations = ref MemoryMarshal.GetArrayDataReference(_deviation);
        ref double scales = ref MemoryMarshal.GetArrayDataReference(_scale);
        ref double limits = ref MemoryMarshal.GetArrayDataReference(_limit);
        ref double weights = ref MemoryMarshal.GetArrayDataReference(Weights);
        Vector256<double> sum = Vector256<double>.Zero;
        for (nuint i = 0; i < (nuint)Slots; i += Lanes)
        {
            Vector256<double> value = Widen(Vector128.LoadUnsafe(ref rows, i), out Vector256<double> known);
            Vector256<double> mean = Vector256.LoadUnsafe(ref means, i);
            Vector256<double> limit = Vector256.LoadUnsafe(ref limits, i);
            Vector256<double> delta = (value - mean) & known;
            Vector256<double> x = Vector256.MinNative(Vector256.MaxNative(delta * Vector256.LoadUnsafe(ref scales, i), -limit), limit) + Vector256.LoadUnsafe(ref biases, i);
            x.StoreUnsafe(ref xs, i);
            sum += x * Vector256.LoadUnsafe(ref weights, i);
            if (TLearns.Value)
            {
                // Welford's recurrence.
                Vector256<double> count = Vector256.LoadUnsafe(ref counts, i) + (known & Vector256<double>.One);
                mean += delta / Vector256.MaxNative(count, Vector256<double>.One);
                Vector256<double> deviation = Vector256.LoadUnsafe(ref deviations, i) + (delta * (value - mean) & known);
                count.StoreUnsafe(ref counts, i);
                mean.StoreUnsafe(ref means, i);
                deviation.StoreUnsafe(ref deviations, i);
                (Vector256.Sqrt(count / deviation) & Vector256.GreaterThan(deviation, Vector256<double>.Zero)).StoreUnsafe(ref scales, i);
                Vector256.Sqrt(count).StoreUnsafe(ref limits, i);
            }
        }

        return Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Copy()
    {
        ref float rows = ref MemoryMarshal.GetArrayDataReference(_row);
        ref double xs = ref MemoryMarshal.GetArrayDataReference(_x);
        ref double biases = ref MemoryMarshal.GetArrayDataReference(_bias);
        ref double weights = ref MemoryMarshal.GetArrayDataReference(Weights);
        Vector256<double> sum = Vector256<double>.Zero;
        for (nuint i = 0; i < (nuint)Slots; i += Lanes)
        {
            Vector256<double> x = Widen(Vector128.LoadUnsafe(ref rows, i), out _) + Vector256.LoadUnsafe(ref biases, i);
            x.StoreUnsafe(ref xs, i);
            sum += x * Vector256.LoadUnsafe(ref weights, i);
        }

        return Sum(sum);
    }

    /// <summary>Converts four values, with zero in place of those that are missing or infinite.</summary>
    private static Vector256<double> Widen(Vector128<float> values, out Vector256<double> known)
    {
        (Vector128<double> low, Vector128<double> high) = Vector128.Widen(values);
        Vector256<double> value = Vector256.Create(low, high);
        known = Vector256.Equals(value - value, Vector256<double>.Zero);
        return value & known;
    }

    private static double Sum(Vector256<double> lanes) => lanes[0] + lanes[2] + (lanes[1] + lanes[3]);

    private interface IFlag
    {
        static abstract bool Value { get; }
    }

    private readonly struct True : IFlag
    {
        public static bool Value => true;
    }

    private readonly struct False : IFlag
    {
        public static bool Value => false;
    }
}
