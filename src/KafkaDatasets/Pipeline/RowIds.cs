namespace KafkaDatasets.Pipeline;

/// <summary>Computes row ids: the sum of the range lengths of the lower partitions, plus the distance from the start of the row's own partition.</summary>
internal sealed class RowIds
{
    private readonly Dictionary<int, long> _idOfOffsetZero = [];
    private int _partition = -1;
    private long _base;

    public RowIds(DatasetSnapshot snapshot)
    {
        for (int i = 0; i < snapshot.Partitions.Count; i++)
        {
            PartitionRange range = snapshot.Partitions[i];
            _idOfOffsetZero.Add(range.Partition, snapshot.IdBase(i) - range.Start);
        }
    }

    public long Of(int partition, long offset)
    {
        if (partition != _partition)
        {
            _base = _idOfOffsetZero[partition];
            _partition = partition;
        }

        return _base + offset;
    }
}
