using KafkaDatasets;
using Microsoft.ML;
using SusyDemo.Data;
using SusyDemo.Network;
using SusyDemo.Training;

namespace SusyDemo.Kafka;

/// <summary>The events of a topic, open as a dataset.</summary>
internal sealed class KafkaEventData(KafkaDataset dataset) : IEventData, IAsyncDisposable
{
    public IBatchSource Batches { get; } = new KafkaBatches(dataset);

    public long Rows => dataset.Snapshot.Length;

    /// <summary>What stands beside results from these events: that they are synthetic, if the topic's schema says so, or nothing.</summary>
    public string Note { get; } =
        dataset.Schema.TryGetColumn(SusyFields.Label, out DatasetColumn? label) && SusySchema.IsSynthetic(label.Description) ? " (synthetic events)" : "";

    public IDataView ToDataView(MLContext ml) => dataset.ToDataView(ml);

    /// <summary>Reads the events once, and builds the profile of their columns.</summary>
    public Task<ReferenceProfile> ProfileAsync(CancellationToken cancellationToken) => ReferenceProfile.CreateAsync(dataset, cancellationToken);

    public ValueTask DisposeAsync() => dataset.DisposeAsync();
}
