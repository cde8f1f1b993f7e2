using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KafkaDatasets;
using SusyDemo.Network;

namespace SusyDemo.Kafka;

/// <summary>A topic's dataset as the batches that the network is trained from.</summary>
internal sealed class KafkaBatches(KafkaDataset dataset) : IBatchSource
{
    public IReadOnlyList<string> Features => dataset.Features;

    public string Snapshot => dataset.Snapshot.ToJson();

    public async IAsyncEnumerable<IRowBatch> ReadBatchesAsync(int batchSize, Epoch? epoch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new BatchOptions
        {
            BatchSize = batchSize,
            Shuffle = epoch is null ? null : Shuffle.Seeded(epoch.Seed, epoch.Number),
            Shard = epoch is null ? Shard.Whole : new Shard(epoch.Rank, epoch.World),
            ResumeFrom = epoch?.ResumeFrom is { } state ? ReadState.Parse(state) : null,
        };
        IAsyncEnumerable<TensorBatch> batches = dataset.ReadBatchesAsync(options, cancellationToken);
        await foreach (TensorBatch batch in batches.ConfigureAwait(false))
        {
            yield return new Batch(batch);
        }
    }

    private sealed class Batch(TensorBatch batch) : IRowBatch
    {
        public int Rows => batch.Rows;

        public string State => batch.State.ToJson();

        public ReadOnlySpan<float> Features => Flat(batch.Features);

        public ReadOnlySpan<float> Labels => Flat(batch.Labels);

        public ulong RowId(int row) => ((ulong)batch.Partitions[row] << 48) ^ (ulong)batch.Offsets[row];

        public void Dispose() => batch.Dispose();

        private static ReadOnlySpan<float> Flat(ReadOnlyTensorSpan<float> tensor) =>
            tensor.FlattenedLength == 0 ? [] : MemoryMarshal.CreateReadOnlySpan(in tensor.GetPinnableReference(), (int)tensor.FlattenedLength); // GetSpan refuses more rows than one of a single feature
    }
}
