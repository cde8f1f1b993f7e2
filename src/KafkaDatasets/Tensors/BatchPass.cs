using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Tensors;

/// <summary>A pass that gives batches.</summary>
/// <param name="Reader">What the pass reads; disposing it ends the pass.</param>
/// <param name="Rows">The rows in their order.</param>
/// <param name="Batches">The batches of them.</param>
/// <param name="Layout">The columns of the batches.</param>
/// <param name="Shuffle">The shuffle.</param>
internal sealed record BatchPass(BlockReader Reader, IRowReader Rows, BatchAssembler Batches, RowLayout Layout, Shuffle? Shuffle);
