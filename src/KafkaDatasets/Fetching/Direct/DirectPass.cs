using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>What the parts of one pass share.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Order">What is read.</param>
/// <param name="Faults">The faults of its topic.</param>
/// <param name="Memory">What memory it holds.</param>
/// <param name="Segments">What is being read.</param>
/// <param name="Stopped">Ends it.</param>
internal sealed record DirectPass(Cluster Cluster, ReadOrder Order, ReadFaults Faults, PassMemory Memory, SegmentTable Segments, CancellationToken Stopped)
{
    public string Topic => Order.Snapshot.Topic;

    public FetchContext Context => Cluster.Context;
}
