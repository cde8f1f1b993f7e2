namespace KafkaDatasets.Decoding.Avro;

/// <summary>Where a field's value goes.</summary>
/// <param name="Column">The index of the block's column.</param>
/// <param name="Slot">The slot in it.</param>
/// <param name="Definition">The block's column.</param>
internal readonly record struct AvroTarget(int Column, int Slot, BlockColumn Definition);
