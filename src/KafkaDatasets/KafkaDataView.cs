using KafkaDatasets.Fetching;
using KafkaDatasets.MLNet;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace KafkaDatasets;

/// <summary>Opens Kafka topics as ML.NET data views (<see cref="IDataView"/>).</summary>
public static class KafkaDataView
{
    /// <summary>
    /// Opens a topic, resolves the range, and returns a view of its rows. The view holds no buffers and no threads between cursors, and does not need to be disposed.
    /// </summary>
    /// <param name="ml">The context in which the view is used; each pass is logged to its <see cref="MLContext.Log"/>.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">The cluster, the range and what a row is.</param>
    /// <returns>
    /// A view with <c>Label</c> (Boolean, Single or key, by its kind) if the options name a label, <c>Features</c> (a vector of Single of known size, with slot names),
    /// and every column under its own name. Features are in the order of <see cref="KafkaDatasetOptions.Features"/>, or, if that is null, in the order of the schema's fields. To give a saved model its features
    /// in the order of its training, use <see cref="KafkaDatasetOptions.WithFeaturesOf"/> or a <see cref="KafkaDataLoader"/>.
    /// </returns>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was denied.</exception>
    /// <exception cref="TopicNotFoundException">The topic, or a partition of the range, does not exist.</exception>
    /// <exception cref="SchemaException">The registry has no schema for the topic, or cannot be reached.</exception>
    /// <exception cref="DataLossException">The range is no longer in the log.</exception>
    /// <example>
    /// <code>
    /// var ml = new MLContext(seed: 1);
    /// IDataView payments = KafkaDataView.FromTopic(ml, "payments", new KafkaDatasetOptions
    /// {
    ///     BootstrapServers = bootstrapServers,
    ///     SchemaRegistry = registry,
    ///     Label = LabelColumn.Binary("IsFraud"),
    /// });
    /// ITransformer model = ml.BinaryClassification.Trainers.FastTree().Fit(payments);
    /// </code>
    /// </example>
    public static IDataView FromTopic(MLContext ml, string topic, KafkaDatasetOptions options)
    {
        ArgumentNullException.ThrowIfNull(ml);
        return Open(topic, options).ToDataView(ml);
    }

    /// <summary>
    /// Opens a topic as a view whose columns are the members of a class, with ML.NET's attributes <c>[ColumnName]</c>, <c>[KeyType]</c>, <c>[VectorType]</c>, <c>[NoColumn]</c>;
    /// or, for a class generated from an Avro or Protobuf schema, the fields of that schema.
    /// </summary>
    /// <typeparam name="T">The class.</typeparam>
    /// <param name="ml">The context in which the view is used; each pass is logged to its <see cref="MLContext.Log"/>.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">
    /// The cluster, the range and the format. The label is <see cref="KafkaDatasetOptions.Label"/>, or else the member that is the column <c>Label</c>: a Boolean is a binary label, a
    /// Single a regression label, a key a category label. The features are <see cref="KafkaDatasetOptions.Features"/>, or else the member that is the column <c>Features</c>, or else every numeric member
    /// of the class except the label.
    /// </param>
    /// <returns>A view of <c>Label</c>, <c>Features</c> and the class's columns, and no others.</returns>
    /// <exception cref="SchemaException">The topic lacks columns of the class, or has them with other types; the message lists each of them with its field and type.</exception>
    /// <exception cref="KafkaDatasetException">The topic cannot be opened, for the reasons of <see cref="FromTopic(MLContext, string, KafkaDatasetOptions)"/>.</exception>
    /// <example>
    /// <code>
    /// IDataView payments = KafkaDataView.FromTopic&lt;Payment&gt;(ml, "payments", options);
    ///
    /// public sealed class Payment
    /// {
    ///     public float Amount { get; set; }
    ///     public int Items { get; set; }
    ///     [ColumnName("Label")] public bool IsFraud { get; set; }
    /// }
    /// </code>
    /// </example>
    public static IDataView FromTopic<T>(MLContext ml, string topic, KafkaDatasetOptions options)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(ml);
        return Open<T>(ml, topic, options);
    }

    internal static IDataView Open<T>(IHostEnvironment? environment, string topic, KafkaDatasetOptions options)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(options);
        TypedColumns columns = TypedColumns.Of(typeof(T));
        KafkaDataset dataset = Wait(() => KafkaDataset.OpenAsync(topic, options, FetchEngines.Create, CancellationToken.None, schema => columns.Bind(topic, schema, options)));
        return new KafkaView(dataset, environment, columns.Fields);
    }

    internal static KafkaDataset Open(string topic, KafkaDatasetOptions options) => Wait(() => KafkaDataset.OpenAsync(topic, options));

    private static KafkaDataset Wait(Func<Task<KafkaDataset>> open) => Task.Run(open).GetAwaiter().GetResult();
}
