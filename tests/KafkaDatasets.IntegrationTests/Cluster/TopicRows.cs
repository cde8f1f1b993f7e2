using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.IntegrationTests.Cluster;

/// <summary>Reads whole datasets in ways that tests compare.</summary>
internal static class TopicRows
{
    /// <summary>The rows of the tensor batches: partition, offset, label, features.</summary>
    public static async Task<List<(int Partition, long Offset, float Label, float[] Features)>> ReadAsync(KafkaDataset dataset, CancellationToken cancellationToken, int batchSize = 1000)
    {
        var rows = new List<(int, long, float, float[])>();
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = batchSize }, cancellationToken))
        {
            using (batch)
            {
                for (int row = 0; row < batch.Rows; row++)
                {
                    float[] features = new float[dataset.Features.Count];
                    batch.Features.Slice(row..(row + 1), ..).FlattenTo(features);
                    rows.Add((batch.Partitions[row], batch.Offsets[row], batch.Labels[row], features));
                }
            }
        }

        return rows;
    }

    /// <summary>The rows of a serial cursor over <c>Label</c> and <c>Features</c>.</summary>
    public static List<(bool Label, float[] Features)> Read(IDataView view)
    {
        var rows = new List<(bool, float[])>();
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Label"], view.Schema["Features"]]);
        ValueGetter<bool> getLabel = cursor.GetGetter<bool>(view.Schema["Label"]);
        ValueGetter<VBuffer<float>> getFeatures = cursor.GetGetter<VBuffer<float>>(view.Schema["Features"]);
        bool label = false;
        VBuffer<float> features = default;
        while (cursor.MoveNext())
        {
            getLabel(ref label);
            getFeatures(ref features);
            rows.Add((label, features.DenseValues().ToArray()));
        }

        return rows;
    }

    /// <summary>A hash over every bit of every batch, in order, the batches' sizes included.</summary>
    public static async Task<string> HashAsync(KafkaDataset dataset, int batchSize, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        float[] features = new float[batchSize * dataset.Features.Count];
        float[] labels = new float[batchSize];
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = batchSize }, cancellationToken))
        {
            using (batch)
            {
                batch.Features.FlattenTo(features);
                batch.Labels.FlattenTo(labels);
                hash.AppendData(BitConverter.GetBytes(batch.Rows));
                hash.AppendData(MemoryMarshal.AsBytes(features.AsSpan(0, batch.Rows * dataset.Features.Count)));
                hash.AppendData(MemoryMarshal.AsBytes(labels.AsSpan(0, batch.Rows)));
                hash.AppendData(MemoryMarshal.AsBytes(batch.Partitions));
                hash.AppendData(MemoryMarshal.AsBytes(batch.Offsets));
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Adds the numbers of SUSY records, which are their first feature.</summary>
    public static void Collect(LiveBatch batch, List<int> numbers)
    {
        int width = (int)batch.Tensors.Features.Lengths[1];
        float[] values = new float[batch.Rows * width];
        batch.Tensors.Features.FlattenTo(values);
        for (int i = 0; i < batch.Rows; i++)
        {
            numbers.Add((int)values[i * width]);
        }
    }
}
