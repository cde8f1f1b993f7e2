using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>Extends ML.NET's data catalog with loading from Kafka: <c>ml.Data.LoadFromKafka(…)</c>.</summary>
public static class KafkaLoadExtensions
{
    /// <summary>Opens a topic as a view, as <see cref="KafkaDataView.FromTopic(MLContext, string, KafkaDatasetOptions)"/> does, but without logging to <see cref="MLContext.Log"/>, which a catalog cannot access.</summary>
    /// <param name="catalog">The catalog of the context in which the view is used.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">The cluster, the range and what a row is.</param>
    /// <returns>The view.</returns>
    /// <exception cref="KafkaDatasetException">The topic cannot be opened, for the reasons of <see cref="KafkaDataView.FromTopic(MLContext, string, KafkaDatasetOptions)"/>.</exception>
    /// <example>
    /// <code>
    /// IDataView payments = ml.Data.LoadFromKafka("payments", new KafkaDatasetOptions { BootstrapServers = bootstrapServers, SchemaRegistry = registry });
    /// </code>
    /// </example>
    public static IDataView LoadFromKafka(this DataOperationsCatalog catalog, string topic, KafkaDatasetOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new MLNet.KafkaView(KafkaDataView.Open(topic, options), environment: null);
    }

    /// <summary>Opens a topic as a view whose columns are the members of a class, as <see cref="KafkaDataView.FromTopic{T}(MLContext, string, KafkaDatasetOptions)"/> does.</summary>
    /// <typeparam name="T">The class.</typeparam>
    /// <param name="catalog">The catalog of the context in which the view is used.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">The cluster, the range and the format; and the label and the features, unless the class defines them.</param>
    /// <returns>A view of <c>Label</c>, <c>Features</c> and the class's columns, and no others.</returns>
    /// <exception cref="SchemaException">The topic lacks columns of the class, or has them with other types; the message lists each of them with its field and type.</exception>
    /// <exception cref="KafkaDatasetException">The topic cannot be opened, for the reasons of <see cref="KafkaDataView.FromTopic(MLContext, string, KafkaDatasetOptions)"/>.</exception>
    public static IDataView LoadFromKafka<T>(this DataOperationsCatalog catalog, string topic, KafkaDatasetOptions options)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return KafkaDataView.Open<T>(environment: null, topic, options);
    }

    /// <summary>
    /// Creates a loader of topics, which <c>ml.Model.Save(model, loader, file)</c> saves with a model: the formats, the columns, the features and the label, but no addresses or secrets.
    /// </summary>
    /// <param name="catalog">The catalog of the context in which the views are used.</param>
    /// <param name="options">The cluster, and what a row is. The columns are those of the first topic that is loaded.</param>
    /// <returns>The loader.</returns>
    /// <example>
    /// <code>
    /// KafkaDataLoader loader = ml.Data.CreateKafkaLoader(options with { Label = LabelColumn.Binary("IsFraud") });
    /// IDataView payments = loader.Load("payments");
    /// </code>
    /// </example>
    public static KafkaDataLoader CreateKafkaLoader(this DataOperationsCatalog catalog, KafkaDatasetOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new KafkaDataLoader(options);
    }
}
