using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>A block as it comes out of a pipeline.</summary>
/// <param name="Block">The rows; null: the end of the order.</param>
/// <param name="Bytes">About how many bytes the records had.</param>
/// <param name="OffsetsPassed">How many offsets of the range are passed.</param>
/// <param name="EndsWindow">Whether a window of a shuffled order ends with it.</param>
internal readonly record struct PipelineBlock(RowBlock? Block, long Bytes, long OffsetsPassed, bool EndsWindow);
