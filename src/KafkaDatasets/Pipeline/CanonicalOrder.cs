namespace KafkaDatasets.Pipeline;

/// <summary>
/// The canonical order of a snapshot: stripes of consecutive offsets taken from the partitions in turn; a finished partition drops out.
/// It depends on the snapshot alone.
/// </summary>
internal struct CanonicalOrder
{
    private readonly DatasetSnapshot _snapshot;
    private readonly int[] _active;
    private int _activeCount;
    private int _turn;
    private long _round;

    public CanonicalOrder(DatasetSnapshot snapshot)
    {
        _snapshot = snapshot;
        _active = [.. Enumerable.Range(0, snapshot.Partitions.Count).Where(p => snapshot.Partitions[p].Length > 0)];
        _activeCount = _active.Length;
    }

    /// <summary>The index of the stripe's partition in <see cref="DatasetSnapshot.Partitions"/>.</summary>
    public int PartitionIndex { get; private set; }

    /// <summary>The offset at which the stripe ends.</summary>
    public long End { get; private set; }

    /// <summary>Whether the stripe is the last of its partition.</summary>
    public bool IsLastOfPartition { get; private set; }

    /// <summary>Moves to the next stripe.</summary>
    public bool MoveNext()
    {
        if (_activeCount == 0)
        {
            return false;
        }

        PartitionIndex = _active[_turn];
        PartitionRange range = _snapshot.Partitions[PartitionIndex];
        long stripes = (range.Length - 1) / _snapshot.StripeLength + 1;
        IsLastOfPartition = _round == stripes - 1;
        End = IsLastOfPartition ? range.End : range.Start + (_round + 1) * _snapshot.StripeLength;
        if (IsLastOfPartition)
        {
            Array.Copy(_active, _turn + 1, _active, _turn, _activeCount - _turn - 1);
            _activeCount--;
        }
        else
        {
            _turn++;
        }

        if (_turn >= _activeCount)
        {
            _turn = 0;
            _round++;
        }

        return true;
    }
}
