namespace KafkaDatasets.Tensors;

/// <summary>The batches of a dataset; each enumeration is a pass.</summary>
/// <param name="topic">The topic's name.</param>
/// <param name="open">Starts a pass.</param>
/// <param name="passToken">Cancels the pass.</param>
internal sealed class BatchEnumerable(string topic, Func<CancellationToken, BatchPass> open, CancellationToken passToken) : IAsyncEnumerable<TensorBatch>
{
    public IAsyncEnumerator<TensorBatch> GetAsyncEnumerator(CancellationToken cancellationToken = default) => new BatchEnumerator(topic, open, passToken, cancellationToken);
}
