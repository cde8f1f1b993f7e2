using System.Runtime.InteropServices;
using System.Text;

namespace KafkaDatasets.LightGbm.Engine;

/// <summary>A dataset in LightGBM's memory: binned features, labels, weights and initial scores.</summary>
internal sealed unsafe class NativeDataset : SafeHandle
{
    private NativeDataset(nint handle)
        : base(0, ownsHandle: true) => SetHandle(handle);

    public override bool IsInvalid => handle == 0;

    /// <summary>Computes the bins of the features from a sample, and returns them in LightGBM's binary form.</summary>
    public static byte[] CreateReference(BinSample sample, long rows, string parameters)
    {
        var pins = new List<GCHandle>();
        try
        {
            NativeError.ThrowIfFailed(NativeMethods.DatasetCreateFromSampledColumn(
                sample.Values, sample.Indices, sample.Features.Count, sample.Counts, sample.Rows, sample.Rows, Math.Max(rows, sample.Rows), parameters, out nint created));
            using var dataset = new NativeDataset(created);
            dataset.SetFeatureNames(sample.Features, pins);
            return dataset.Serialize();
        }
        finally
        {
            pins.ForEach(p => p.Free());
        }
    }

    /// <summary>Allocates a dataset for rows that are then pushed.</summary>
    public static NativeDataset Create(byte[] reference, int rows, int classes, bool hasWeights, bool hasInitialScores, string parameters)
    {
        fixed (byte* r = reference)
        {
            NativeError.ThrowIfFailed(NativeMethods.DatasetCreateFromSerializedReference(r, reference.Length, rows, 0, parameters, out nint created));
            var dataset = new NativeDataset(created);
            NativeError.ThrowIfFailed(NativeMethods.DatasetInitStreaming(dataset, hasWeights ? 1 : 0, hasInitialScores ? 1 : 0, 0, classes, 1, -1), dataset);
            return dataset;
        }
    }

    /// <summary>Adds rows.</summary>
    public void Push(int startRow, int rows, int columns, ReadOnlySpan<float> features, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights, ReadOnlySpan<double> initialScores)
    {
        fixed (float* f = features, l = labels, w = weights)
        fixed (double* s = initialScores)
        {
            NativeError.ThrowIfFailed(NativeMethods.DatasetPushRowsWithMetadata(this, f, NativeMethods.Float32, rows, columns, startRow, l, w, s, null, 0));
        }
    }

    /// <summary>Ends pushing; if there were fewer rows than were allocated for, the dataset is replaced by one of these rows alone.</summary>
    public NativeDataset Finish(int rows, int allocated, string parameters)
    {
        NativeError.ThrowIfFailed(NativeMethods.DatasetMarkFinished(this));
        if (rows == allocated)
        {
            return this;
        }

        int[] all = new int[rows];
        for (int i = 0; i < rows; i++)
        {
            all[i] = i;
        }

        fixed (int* a = all)
        {
            NativeError.ThrowIfFailed(NativeMethods.DatasetGetSubset(this, a, rows, parameters, out nint subset));
            Dispose();
            return new NativeDataset(subset);
        }
    }

    /// <summary>Says which rows belong to which query: those of a query lie side by side.</summary>
    public void SetQueries(ReadOnlySpan<int> rows)
    {
        fixed (int* r = rows)
        {
            NativeError.ThrowIfFailed(NativeMethods.DatasetSetField(this, "group", r, rows.Length, NativeMethods.Int32));
        }
    }

    protected override bool ReleaseHandle() => NativeMethods.DatasetFree(handle) == 0;

    private static nint Pin(Array array, List<GCHandle> pins)
    {
        var pin = GCHandle.Alloc(array, GCHandleType.Pinned);
        pins.Add(pin);
        return pin.AddrOfPinnedObject();
    }

    private void SetFeatureNames(IReadOnlyList<string> names, List<GCHandle> pins)
    {
        nint[] texts = [.. FeatureName.Escape(names).Select(n => Pin(Encoding.UTF8.GetBytes(n + '\0'), pins))];
        fixed (nint* t = texts)
        {
            NativeError.ThrowIfFailed(NativeMethods.DatasetSetFeatureNames(this, (byte**)t, texts.Length));
        }
    }

    private byte[] Serialize()
    {
        NativeError.ThrowIfFailed(NativeMethods.DatasetSerializeReferenceToBinary(this, out nint buffer, out int length));
        try
        {
            byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++)
            {
                NativeError.ThrowIfFailed(NativeMethods.ByteBufferGetAt(buffer, i, out bytes[i]));
            }

            return bytes;
        }
        finally
        {
            _ = NativeMethods.ByteBufferFree(buffer);
        }
    }
}
