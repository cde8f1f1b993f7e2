namespace KafkaDatasets.Live;

/// <summary>The events of a group member, raised on the thread that polls.</summary>
internal interface IGroupEvents
{
    /// <summary>Partitions were assigned to this member.</summary>
    /// <returns>The offset at which to start in each of them.</returns>
    IReadOnlyList<long> OnAssigned(IReadOnlyList<int> partitions);

    /// <summary>Partitions are about to be reassigned to another member, which owns them when this method returns.</summary>
    void OnRevoked(IReadOnlyList<int> partitions);

    /// <summary>Partitions already belong to another member.</summary>
    void OnLost(IReadOnlyList<int> partitions);

    /// <summary>Records arrived, or ends of partitions were reached.</summary>
    /// <param name="pieces">What arrived; the session owns one reference to each chunk.</param>
    /// <returns>The wait of the reader, which the caller must complete; null if the reader does not wait.</returns>
    TaskCompletionSource? OnArrived(IReadOnlyList<LivePiece> pieces);

    /// <summary>The position of a followed partition is not in its log.</summary>
    /// <returns>The offset at which to go on.</returns>
    /// <exception cref="DataLossException">Offsets were lost, and must not be skipped.</exception>
    long OnOutOfRange(int partition, long position);

    /// <summary>The member has failed and delivers no more events.</summary>
    void OnFailed(Exception failure);
}
