using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Tensors;

/// <summary>A pass that returns batches.</summary>
/// <param name="Reader">The reader of the pass; disposing it ends the pass.</param>
/// <param name="Rows">The rows in the order of the pass.</param>
/// <param name="Batches">The batches of these rows.</param>
/// <param name="Layout">The columns of the batches.</param>
/// <param name="Identity">What the states of its batches belong to.</param>
internal sealed record BatchPass(IAsyncDisposable Reader, IRowReader Rows, BatchAssembler Batches, RowLayout Layout, PassIdentity Identity);
