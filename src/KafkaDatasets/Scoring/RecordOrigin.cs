namespace KafkaDatasets.Scoring;

/// <summary>What a record that is written comes from.</summary>
/// <param name="Partition">The partition of the input.</param>
/// <param name="Offset">The offset of the input.</param>
/// <param name="IsDeadLetter">Whether the record is the input itself, in the dead-letter topic.</param>
internal readonly record struct RecordOrigin(int Partition, long Offset, bool IsDeadLetter = false);
