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

    /// <summary>Whether the topic's schema says that the events are synthetic.</summary>
    public bool Synthetic => dataset.Schema.TryGetColumn(SusyFields.Label, out DatasetColumn? label) && SusySchema.IsSynthetic(label.Description);

    public IDataView ToDataView(MLContext ml) => dataset.ToDataView(ml);

    public ValueTask DisposeAsync() => dataset.DisposeAsync();
}
