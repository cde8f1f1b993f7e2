using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace KafkaDatasets.Learning;

/// <summary>FTRL-Proximal with a learning rate for each weight: McMahan and others 2013, algorithm 1. The intercept is not regularized.</summary>
internal sealed class FtrlLearner : LinearLearner
{
    private readonly double _inverseAlpha;
    private readonly double _beta;
    private readonly double[] _l1;
    private readonly double[] _l2;

    public FtrlLearner(OnlineTask task, string[] features, FtrlOptions options)
        : base(task, features, options.Standardize)
    {
        _inverseAlpha = 1 / options.Alpha;
        _beta = options.Beta / options.Alpha;
        _l1 = new double[Slots];
        _l2 = new double[Slots];
        _l1.AsSpan(0, features.Length).Fill(options.L1);
        _l2.AsSpan(0, features.Length).Fill(options.L2);
        Sums = new double[Slots];
        Squares = new double[Slots];
        Settings = string.Create(CultureInfo.InvariantCulture, $"alpha={options.Alpha:R} beta={options.Beta:R} l1={options.L1:R} l2={options.L2:R} standardize={options.Standardize}");
    }

    public override string Name => Task == OnlineTask.BinaryClassification ? "ftrl-logistic" : "ftrl-linear";

    public override string Settings { get; }

    /// <summary>z of the publication.</summary>
    internal double[] Sums { get; }

    /// <summary>n of the publication: the sums of the squared gradients.</summary>
    internal double[] Squares { get; }

    protected override IEnumerable<double[]> State => [Sums, Squares];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Step(double error, ReadOnlySpan<double> x)
    {
        ref double xs = ref MemoryMarshal.GetReference(x);
        ref double weights = ref MemoryMarshal.GetArrayDataReference(Weights);
        ref double sums = ref MemoryMarshal.GetArrayDataReference(Sums);
        ref double squares = ref MemoryMarshal.GetArrayDataReference(Squares);
        ref double l1s = ref MemoryMarshal.GetArrayDataReference(_l1);
        ref double l2s = ref MemoryMarshal.GetArrayDataReference(_l2);
        Vector256<double> errors = Vector256.Create(error);
        Vector256<double> inverseAlpha = Vector256.Create(_inverseAlpha);
        Vector256<double> beta = Vector256.Create(_beta);
        for (nuint i = 0; i < (nuint)Slots; i += 4)
        {
            Vector256<double> gradient = errors * Vector256.LoadUnsafe(ref xs, i);
            Vector256<double> square = Vector256.LoadUnsafe(ref squares, i);
            Vector256<double> next = square + (gradient * gradient);
            Vector256<double> root = Vector256.Sqrt(next);
            Vector256<double> sigma = (root - Vector256.Sqrt(square)) * inverseAlpha;
            Vector256<double> sum = Vector256.LoadUnsafe(ref sums, i) + gradient - (sigma * Vector256.LoadUnsafe(ref weights, i));
            Vector256<double> l1 = Vector256.LoadUnsafe(ref l1s, i);
            Vector256<double> over = sum - Vector256.CopySign(l1, sum);
            Vector256<double> rate = beta + (root * inverseAlpha) + Vector256.LoadUnsafe(ref l2s, i);
            Vector256<double> weight = -over / rate & Vector256.GreaterThan(Vector256.Abs(sum), l1);
            next.StoreUnsafe(ref squares, i);
            sum.StoreUnsafe(ref sums, i);
            weight.StoreUnsafe(ref weights, i);
        }
    }
}
