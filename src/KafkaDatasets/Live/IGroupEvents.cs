using KafkaDatasets.Fetching;

namespace KafkaDatasets.Live;

/// <summary>The events of a group member, raised on the thread that polls.</summary>
internal interface IGroupEvents : IHeadEvents
{
    /// <summary>Partitions were assigned to this member.</summary>
    /// <returns>The offset at which to start in each of them.</returns>
    IReadOnlyList<long> OnAssigned(IReadOnlyList<int> partitions);

    /// <summary>Partitions are about to be reassigned to another member, which owns them when this method returns.</summary>
    void OnRevoked(IReadOnlyList<int> partitions);

    /// <summary>Partitions already belong to another member.</summary>
    void OnLost(IReadOnlyList<int> partitions);

    /// <summary>The member has failed and delivers no more events.</summary>
    void OnFailed(Exception failure);
}
