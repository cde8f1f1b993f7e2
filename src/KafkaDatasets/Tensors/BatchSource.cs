using KafkaDatasets.Pipeline;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Tensors;

/// <summary>What the batches of a pass have in common.</summary>
/// <param name="Rows">The reader of the rows, to which each batch returns its block.</param>
/// <param name="Layout">The columns of the blocks.</param>
/// <param name="Identity">What the states of the batches belong to; null if they have none.</param>
/// <param name="Order">The order of the rows; null for several topics and for live reads.</param>
internal sealed record BatchSource(IRowReader Rows, RowLayout Layout, PassIdentity? Identity, ReadOrder? Order);
