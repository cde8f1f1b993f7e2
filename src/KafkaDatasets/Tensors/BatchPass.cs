namespace KafkaDatasets.Tensors;

/// <summary>A pass that returns batches.</summary>
/// <param name="Reader">The reader of the pass; disposing it ends the pass.</param>
/// <param name="Batches">The batches.</param>
/// <param name="Source">What the batches have in common.</param>
internal sealed record BatchPass(IAsyncDisposable Reader, BatchAssembler Batches, BatchSource Source);
