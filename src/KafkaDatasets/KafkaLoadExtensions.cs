using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>Loads topics the ML.NET way: <c>ml.Data.LoadFromKafka(…)</c>.</summary>
public static class KafkaLoadExtensions
{
    /// <summary>Opens a topic as a view, as <see cref="KafkaDataView.FromTopic(MLContext, string, KafkaDatasetOptions)"/> does, but without lines in <see cref="MLContext.Log"/>, which a catalog does not reach.</summary>
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

    /// <summary>Opens a topic as a view of the columns that a class has, as <see cref="KafkaDataView.FromTopic{T}(MLContext, string, KafkaDatasetOptions)"/> does.</summary>
    /// <typeparam name="T">The class.</typeparam>
    /// <param name="catalog">The catalog of the context in which the view is used.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">The cluster, the range and the format; the label and the features, where the class does not say them.</param>
    /// <returns>A view of <c>Label</c>, <c>Features</c> and the class's columns, and no others.</returns>
    /// <exception cref="SchemaException">The topic lacks columns of the class, or has them of other types; the message lists every one with field and type.</exception>
    /// <exception cref="KafkaDatasetException">The topic cannot be opened, for the reasons of <see cref="KafkaDataView.FromTopic(MLContext, string, KafkaDatasetOptions)"/>.</exception>
    public static IDataView LoadFromKafka<T>(this DataOperationsCatalog catalog, string topic, KafkaDatasetOptions options)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return KafkaDataView.Open<T>(environment: null, topic, options);
    }

    /// <summary>
    /// Creates a loader of topics, which <c>ml.Model.Save(model, loader, file)</c> saves with a model: the formats, the columns, the features and the label, but no address and no secret.
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
