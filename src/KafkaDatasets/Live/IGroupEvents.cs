using KafkaDatasets.Fetching;

namespace KafkaDatasets.Live;

/// <summary>What a group member tells, on its own thread.</summary>
internal interface IGroupEvents
{
    /// <summary>Partitions were given to this member.</summary>
    /// <returns>Where to begin in each.</returns>
    IReadOnlyList<long> OnAssigned(IReadOnlyList<int> partitions);

    /// <summary>Partitions are to go to another member: when this returns, they are that one's.</summary>
    void OnRevoked(IReadOnlyList<int> partitions);

    /// <summary>Partitions are another member's already.</summary>
    void OnLost(IReadOnlyList<int> partitions);

    /// <summary>Records of one partition, with one reference that is the session's.</summary>
    void OnRecords(RecordChunk chunk, int epoch);

    /// <summary>The end of a partition's log was reached.</summary>
    void OnEnd(int partition, long offset, int epoch);

    /// <summary>Nothing comes any more.</summary>
    void OnFailed(Exception failure);
}
