using KafkaDatasets.Pipeline;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Tensors;

/// <summary>The position at which a batch ends in the order of its pass.</summary>
/// <param name="Row">The end of the last row.</param>
/// <param name="Padded">The number of rows that repeat others.</param>
/// <param name="Mix">How far each of several topics has come; null for one topic.</param>
internal readonly record struct BatchEnd(RowEnd Row, int Padded, MixPosition? Mix = null)
{
    public ReadState ToState(PassIdentity pass, ReadOrder? order) => Mix is null
        ? new ReadState(pass.Topic, pass.Snapshot, pass.Shuffle, pass.Split, [Row.PlaceIn(order!)], null)
        : new ReadState(pass.Topic, pass.Snapshot, pass.Shuffle, pass.Split, Mix.Places, Mix.Rows);
}
