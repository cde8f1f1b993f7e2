using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Machine code that reads one value into a block's next row.</summary>
/// <param name="value">The first byte of the value; at least <see cref="CompiledPlan.Slack"/> bytes past its end must be readable.</param>
/// <param name="end">The byte after the value.</param>
/// <param name="block">The block, with room for the row.</param>
/// <returns>False when the value is unusual or invalid, and the plan must read it step by step.</returns>
internal delegate bool CompiledRow(ref byte value, ref byte end, RowBlock block);
