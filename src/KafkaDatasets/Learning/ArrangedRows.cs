namespace KafkaDatasets.Learning;

/// <summary>
/// The rows of a batch in the order in which they are learned: by partition and offset. A batch has the rows of several partitions in the order in which they happened to arrive; in this order, the offsets that the
/// batch covers are enough to learn the same again.
/// </summary>
internal sealed class ArrangedRows(int width)
{
    private readonly List<(int Partition, int Start, int Count)> _runs = [];
    private float[] _features = [];
    private float[] _labels = [];
    private int[] _partitions = [];
    private long[] _offsets = [];

    public int Rows { get; private set; }

    public ReadOnlySpan<float> Features => _features.AsSpan(0, Rows * width);

    public ReadOnlySpan<float> Labels => _labels.AsSpan(0, Rows);

    public ReadOnlySpan<int> Partitions => _partitions.AsSpan(0, Rows);

    public ReadOnlySpan<long> Offsets => _offsets.AsSpan(0, Rows);

    public void Clear() => Rows = 0;

    /// <summary>Takes the rows of a batch, without those before the position of their partition, which have been learned already.</summary>
    public void Set(TensorBatch batch, IReadOnlyDictionary<int, long> positions)
    {
        Clear();
        _runs.Clear();
        ReadOnlySpan<int> partitions = batch.Partitions;
        for (int i = 0; i < partitions.Length;)
        {
            int length = partitions[i..].IndexOfAnyExcept(partitions[i]);
            length = length < 0 ? partitions.Length - i : length;
            _runs.Add((partitions[i], i, length));
            i += length;
        }

        _runs.Sort(); // by partition; within one, the runs are in the order of the offsets, which is that of their starts
        ReadOnlySpan<float> features = LearnedRows.Flat(batch.Features);
        ReadOnlySpan<float> labels = LearnedRows.Flat(batch.Labels);
        foreach ((int partition, int start, int count) in _runs)
        {
            ReadOnlySpan<long> offsets = batch.Offsets.Slice(start, count);
            long position = positions.GetValueOrDefault(partition);
            int known = 0;
            while (known < count && offsets[known] < position)
            {
                known++;
            }

            Add(partition, offsets[known..], features.Slice((start + known) * width, (count - known) * width), labels.Slice(start + known, count - known));
        }
    }

    /// <summary>Appends rows of one partition.</summary>
    public void Add(int partition, ReadOnlySpan<long> offsets, ReadOnlySpan<float> features, ReadOnlySpan<float> labels)
    {
        int rows = Rows + offsets.Length;
        if (rows > _labels.Length)
        {
            int capacity = Math.Max(rows, 2 * _labels.Length);
            Array.Resize(ref _features, capacity * width);
            Array.Resize(ref _labels, capacity);
            Array.Resize(ref _partitions, capacity);
            Array.Resize(ref _offsets, capacity);
        }

        features.CopyTo(_features.AsSpan(Rows * width));
        labels.CopyTo(_labels.AsSpan(Rows));
        _partitions.AsSpan(Rows, offsets.Length).Fill(partition);
        offsets.CopyTo(_offsets.AsSpan(Rows));
        Rows = rows;
    }
}
