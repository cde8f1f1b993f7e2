using KafkaDatasets.Ranges;

namespace KafkaDatasets.Pipeline;

/// <summary>How far a pass over several topics has come.</summary>
/// <param name="Orders">The order of each topic.</param>
/// <param name="Rows">The number of rows that each has given since the start of the whole pass.</param>
/// <param name="Ends">Where the last row of each is.</param>
internal sealed record MixPosition(IReadOnlyList<ReadOrder> Orders, IReadOnlyList<long> Rows, IReadOnlyList<RowEnd> Ends)
{
    /// <summary>The place in each topic's order from which it continues.</summary>
    public IReadOnlyList<long> Places => [.. Ends.Select((end, topic) => end.PlaceIn(Orders[topic]))];
}
