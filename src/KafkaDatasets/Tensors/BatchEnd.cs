using KafkaDatasets.Ranges;

namespace KafkaDatasets.Tensors;

/// <summary>The position at which a batch ends in the order of its pass.</summary>
/// <param name="Order">The order.</param>
/// <param name="Place">The position after the batch; −1 if it is derived from the last row.</param>
/// <param name="Partition">The partition of the last row.</param>
/// <param name="Offset">The offset of the last row.</param>
/// <param name="Padded">The number of rows that repeat others.</param>
internal readonly record struct BatchEnd(ReadOrder Order, long Place, int Partition, long Offset, int Padded)
{
    public ReadState ToState(Shuffle? shuffle)
    {
        long place = Place >= 0 ? Place : ((CanonicalOrder)Order).PlaceAfter(Partition, Offset);
        return new ReadState(Order.Snapshot.Topic, Order.Snapshot.Fingerprint, shuffle, place);
    }
}
