using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>A range of a Kafka topic, opened as a dataset. Any number of passes, at the same time too, give the same rows in the same order.</summary>
public sealed class KafkaDataset : IAsyncDisposable
{
    private KafkaDataset()
    {
    }

    /// <summary>What the range was resolved to.</summary>
    public DatasetSnapshot Snapshot => throw new NotImplementedException();

    /// <summary>The columns.</summary>
    public DatasetSchema Schema => throw new NotImplementedException();

    /// <summary>The names of the features, in the order in which a batch holds them.</summary>
    public IReadOnlyList<string> Features => throw new NotImplementedException();

    /// <summary>Opens a topic.</summary>
    public static Task<KafkaDataset> OpenAsync(string topic, KafkaDatasetOptions options, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>One pass over the rows, in batches.</summary>
    public IAsyncEnumerable<TensorBatch> ReadBatchesAsync(BatchOptions? options = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The dataset as a view.</summary>
    public IDataView ToDataView(MLContext ml) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
