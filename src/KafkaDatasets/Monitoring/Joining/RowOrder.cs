namespace KafkaDatasets.Monitoring.Joining;

/// <summary>The order of records: by event time, then by position. It does not depend on when a record arrives.</summary>
internal readonly record struct RowOrder(long Time, int Partition, long Offset) : IComparable<RowOrder>
{
    public int CompareTo(RowOrder other)
    {
        int byTime = Time.CompareTo(other.Time);
        if (byTime != 0)
        {
            return byTime;
        }

        int byPartition = Partition.CompareTo(other.Partition);
        return byPartition != 0 ? byPartition : Offset.CompareTo(other.Offset);
    }
}
