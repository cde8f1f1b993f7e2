using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace KafkaDatasets.Learning;

/// <summary>Gradient descent with AdaGrad's learning rate for each weight. The intercept is not regularized.</summary>
internal sealed class AdaGradLearner : LinearLearner
{
    private readonly double _rate;
    private readonly double _epsilon;
    private readonly double[] _l2;

    public AdaGradLearner(OnlineTask task, string[] features, AdaGradOptions options)
        : base(task, features, options.Standardize)
    {
        _rate = options.LearningRate;
        _epsilon = options.Epsilon;
        _l2 = new double[Slots];
        _l2.AsSpan(0, features.Length).Fill(options.L2);
        Squares = new double[Slots];
        Settings = string.Create(CultureInfo.InvariantCulture, $"rate={options.LearningRate:R} epsilon={options.Epsilon:R} l2={options.L2:R} standardize={options.Standardize}");
    }

    public override string Name => Task == OnlineTask.BinaryClassification ? "adagrad-logistic" : "adagrad-linear";

    public override string Settings { get; }

    /// <summary>The sums of the squared gradients.</summary>
    internal double[] Squares { get; }

    protected override IEnumerable<double[]> State => [Squares];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Step(double error, ReadOnlySpan<double> x)
    {
        ref double xs = ref MemoryMarshal.GetReference(x);
        ref double weights = ref MemoryMarshal.GetArrayDataReference(Weights);
        ref double squares = ref MemoryMarshal.GetArrayDataReference(Squares);
        ref double l2s = ref MemoryMarshal.GetArrayDataReference(_l2);
        Vector256<double> errors = Vector256.Create(error);
        Vector256<double> rate = Vector256.Create(_rate);
        Vector256<double> epsilon = Vector256.Create(_epsilon);
        for (nuint i = 0; i < (nuint)Slots; i += 4)
        {
            Vector256<double> weight = Vector256.LoadUnsafe(ref weights, i);
            Vector256<double> gradient = (errors * Vector256.LoadUnsafe(ref xs, i)) + (Vector256.LoadUnsafe(ref l2s, i) * weight);
            Vector256<double> square = Vector256.LoadUnsafe(ref squares, i) + (gradient * gradient);
            square.StoreUnsafe(ref squares, i);
            (weight - (rate * gradient / (Vector256.Sqrt(square) + epsilon))).StoreUnsafe(ref weights, i);
        }
    }
}
