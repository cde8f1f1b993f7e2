using KafkaDatasets.Ranges;

namespace KafkaDatasets.Pipeline;

/// <summary>The end of a row in the order of a pass.</summary>
/// <param name="Place">The place after the row; −1 if it is to be derived from the row's position.</param>
/// <param name="Partition">The partition of the row.</param>
/// <param name="Offset">Its offset.</param>
internal readonly record struct RowEnd(long Place, int Partition = -1, long Offset = -1)
{
    /// <summary>The place after the row.</summary>
    public long PlaceIn(ReadOrder order) => Place >= 0 ? Place : ((CanonicalOrder)order).PlaceAfter(Partition, Offset);
}
