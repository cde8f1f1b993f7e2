using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>The state shared by the parts of one pass.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Order">The order in which to read.</param>
/// <param name="Faults">The read errors of its topic.</param>
/// <param name="Memory">The memory of the pass.</param>
/// <param name="Segments">The segments being read.</param>
/// <param name="Stopped">Cancelled when the pass ends.</param>
internal sealed record DirectPass(Cluster Cluster, ReadOrder Order, ReadFaults Faults, PassMemory Memory, SegmentTable Segments, CancellationToken Stopped)
{
    public string Topic => Order.Snapshot.Topic;

    public FetchContext Context => Cluster.Context;
}
