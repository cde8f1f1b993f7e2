using KafkaDatasets.Ranges;

namespace KafkaDatasets.Tensors;

/// <summary>Where a batch ends in the order of its pass.</summary>
/// <param name="Order">The order.</param>
/// <param name="Place">The place after it; −1: it follows from the last row.</param>
/// <param name="Partition">The partition of the last row.</param>
/// <param name="Offset">The offset of the last row.</param>
/// <param name="Padded">How many of the rows repeat others.</param>
internal readonly record struct BatchEnd(ReadOrder Order, long Place, int Partition, long Offset, int Padded)
{
    public ReadState ToState(Shuffle? shuffle)
    {
        long place = Place >= 0 ? Place : ((CanonicalOrder)Order).PlaceAfter(Partition, Offset);
        return new ReadState(Order.Snapshot.Topic, Order.Snapshot.Fingerprint, shuffle, place);
    }
}
