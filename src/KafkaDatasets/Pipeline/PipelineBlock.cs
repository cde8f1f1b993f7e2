using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>A block that a pipeline returns.</summary>
/// <param name="Block">The rows; null at the end of the order.</param>
/// <param name="Bytes">The approximate size of the records in bytes.</param>
/// <param name="OffsetsPassed">The number of offsets of the range passed so far.</param>
/// <param name="Window">In a shuffled order, the window up to which, but not including it, all rows have been returned.</param>
internal readonly record struct PipelineBlock(RowBlock? Block, long Bytes, long OffsetsPassed, long Window);
