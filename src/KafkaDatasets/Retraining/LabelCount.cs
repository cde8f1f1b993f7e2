using KafkaDatasets.Pipeline;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Retraining;

/// <summary>Counts the labels of the rows since a change: of those that a model would be trained from, and of those that are held out. Each row is read once, however often more are looked for.</summary>
/// <param name="trained">How the rows that would be trained from are read.</param>
/// <param name="heldOut">How the rows that are held out are read.</param>
internal sealed class LabelCount(KafkaDatasetOptions trained, KafkaDatasetOptions heldOut)
{
    private readonly Part[] _parts = [new(trained), new(heldOut)];
    private DatasetSnapshot? _counted;

    /// <summary>The number of rows with a label; rows whose label is missing, infinite, or none of the categories have none.</summary>
    public long Rows => _parts.Sum(p => p.Rows);

    /// <summary>Whether both parts have different labels: a model that was trained from a single one knows nothing else, and by a single one nothing is compared.</summary>
    public bool HasDifferent => _parts.All(p => p.Least < p.Greatest);

    /// <summary>Reads the rows of a snapshot that have not been read yet.</summary>
    public async Task ReadAsync(DatasetSnapshot snapshot, CancellationToken cancellationToken)
    {
        if (_counted is { } before && !IsLongerThan(snapshot, before))
        {
            _counted = null; // rows have been deleted, or are those of another topic
        }

        if (_counted is null)
        {
            Array.ForEach(_parts, p => p.Clear());
        }

        DatasetSnapshot rest = _counted is null ? snapshot : new DatasetSnapshot(snapshot.Topic, snapshot.TopicId, snapshot.Partitions.Select(p => _counted.Partitions.FirstOrDefault(c => c.Partition == p.Partition) is { Length: > 0 } counted ? p with { Start = counted.End } : p));
        _counted = null; // if reading fails, what was counted is not known
        if (rest.Length > 0)
        {
            foreach (Part part in _parts)
            {
                await part.ReadAsync(rest, cancellationToken).ConfigureAwait(false);
            }
        }

        _counted = snapshot;
    }

    private static bool IsLongerThan(DatasetSnapshot snapshot, DatasetSnapshot before) =>
        snapshot.TopicId == before.TopicId
        && before.Partitions.All(b => b.Length == 0 || snapshot.Partitions.Any(p => p.Partition == b.Partition && p.Start == b.Start && p.End >= b.End));

    private sealed class Part(KafkaDatasetOptions options)
    {
        public long Rows { get; private set; }

        public float Least { get; private set; }

        public float Greatest { get; private set; }

        public void Clear() => (Rows, Least, Greatest) = (0, float.PositiveInfinity, float.NegativeInfinity);

        public async Task ReadAsync(DatasetSnapshot rows, CancellationToken cancellationToken)
        {
            KafkaDataset dataset = await KafkaDataset.OpenAsync(rows.Topic, options with { Range = TopicRange.Snapshot(rows) }, cancellationToken).ConfigureAwait(false);
            await using (dataset.ConfigureAwait(false))
            {
                RowLayout layout = dataset.LayoutOf(withFeatures: false, []); // the columns by which a view's rows are bad
                (BlockReader reader, _) = dataset.OpenRange(ReadOrder.Of(dataset.Snapshot), layout, KafkaDataset.CursorBlockRows, cancellationToken);
                await using (reader.ConfigureAwait(false))
                {
                    while (await reader.ReadAsync().ConfigureAwait(false) is { } block)
                    {
                        Add(((FixedColumn<float>)block.Columns[layout.Label]).Values.AsSpan(0, block.Rows));
                        reader.Return(block);
                    }
                }
            }
        }

        private void Add(ReadOnlySpan<float> labels)
        {
            foreach (float label in labels)
            {
                if (float.IsFinite(label))
                {
                    Rows++;
                    Least = Math.Min(Least, label);
                    Greatest = Math.Max(Greatest, label);
                }
            }
        }
    }
}
