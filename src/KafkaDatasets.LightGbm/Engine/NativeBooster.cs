using System.Runtime.InteropServices;
using System.Text;

namespace KafkaDatasets.LightGbm.Engine;

/// <summary>A model in LightGBM's memory, with the state of its training if it is being trained.</summary>
internal sealed unsafe class NativeBooster : SafeHandle
{
    private NativeBooster(nint handle)
        : base(0, ownsHandle: true) => SetHandle(handle);

    public override bool IsInvalid => handle == 0;

    public static NativeBooster Create(NativeDataset train, string parameters)
    {
        NativeError.ThrowIfFailed(NativeMethods.BoosterCreate(train, parameters, out nint created));
        return new NativeBooster(created);
    }

    public static NativeBooster Parse(string model)
    {
        NativeError.ThrowIfFailed(NativeMethods.BoosterLoadModelFromString(model, out _, out nint created));
        return new NativeBooster(created);
    }

    /// <summary>Puts the trees of another model before those of this one.</summary>
    public void Prepend(NativeBooster other) => NativeError.ThrowIfFailed(NativeMethods.BoosterMerge(this, other));

    public void AddValidation(NativeDataset validation) => NativeError.ThrowIfFailed(NativeMethods.BoosterAddValidData(this, validation));

    /// <summary>Adds one iteration; returns whether no leaf could be split any more.</summary>
    public bool Update()
    {
        NativeError.ThrowIfFailed(NativeMethods.BoosterUpdateOneIter(this, out int isFinished));
        return isFinished != 0;
    }

    /// <summary>The mean over the rows of the validation dataset, or over its queries, of the first metric.</summary>
    public double ValidationMetric()
    {
        NativeError.ThrowIfFailed(NativeMethods.BoosterGetEvalCounts(this, out int count)); // parameters of the caller may add some
        double[] metrics = new double[count];
        fixed (double* m = metrics)
        {
            NativeError.ThrowIfFailed(NativeMethods.BoosterGetEval(this, 1, out _, m));
        }

        return metrics[0];
    }

    /// <summary>Computes the sums of the leaves of rows; <paramref name="scores"/> has those of a row side by side.</summary>
    /// <remarks>The parameters must have the number of threads of the training: LightGBM sets it for the whole process.</remarks>
    public void PredictRaw(ReadOnlySpan<float> features, int rows, int columns, string parameters, Span<double> scores)
    {
        fixed (float* f = features)
        fixed (double* s = scores)
        {
            NativeError.ThrowIfFailed(NativeMethods.BoosterPredictForMat(this, f, NativeMethods.Float32, rows, columns, 1, NativeMethods.RawScore, 0, -1, parameters, out _, s));
        }
    }

    /// <summary>The model in LightGBM's text format.</summary>
    /// <param name="iterations">The number of iterations to write, from the first; −1: all.</param>
    public string Save(int iterations)
    {
        byte[] buffer = new byte[1 << 16];
        while (true)
        {
            fixed (byte* b = buffer)
            {
                NativeError.ThrowIfFailed(NativeMethods.BoosterSaveModelToString(this, 0, iterations, 0, buffer.Length, out long needed, b));
                if (needed <= buffer.Length)
                {
                    return Encoding.UTF8.GetString(buffer, 0, (int)needed - 1); // without the terminating zero
                }

                buffer = new byte[needed];
            }
        }
    }

    protected override bool ReleaseHandle() => NativeMethods.BoosterFree(handle) == 0;
}
