using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>Loading from Kafka, the ML.NET way: <c>ml.Data.LoadFromKafka(…)</c>.</summary>
public static class KafkaLoadExtensions
{
    /// <summary>Opens a topic as a view, as <see cref="KafkaDataView.FromTopic"/> does; but ML.NET gives no way from a catalog to <see cref="MLContext.Log"/>.</summary>
    /// <param name="catalog">The catalog of the context in which the view is used.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">Where and how.</param>
    public static IDataView LoadFromKafka(this DataOperationsCatalog catalog, string topic, KafkaDatasetOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new MLNet.KafkaView(KafkaDataView.Open(topic, options), environment: null);
    }

    /// <summary>
    /// Creates a loader of topics, which <c>ml.Model.Save(model, loader, file)</c> saves with a model: the formats, the columns, the features and the label, but no address and no secret.
    /// </summary>
    /// <param name="catalog">The catalog of the context in which the views are used.</param>
    /// <param name="options">The cluster, and what a row is. The columns are those of the first topic that is loaded.</param>
    /// <returns>The loader.</returns>
    public static KafkaDataLoader CreateKafkaLoader(this DataOperationsCatalog catalog, KafkaDatasetOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new KafkaDataLoader(options);
    }
}
