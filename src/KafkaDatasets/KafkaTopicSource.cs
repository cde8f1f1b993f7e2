using Microsoft.ML.Data;

namespace KafkaDatasets;

/// <summary>A topic and its cluster, from which a <see cref="KafkaDataLoader"/> loads, including a loader that was loaded with a model.</summary>
/// <example>
/// <code>
/// ITransformer model = ml.Model.LoadWithDataLoader("model.zip", out IDataLoader&lt;IMultiStreamSource&gt; loader);
/// IDataView today = loader.Load(new KafkaTopicSource("payments", new KafkaDatasetOptions
/// {
///     BootstrapServers = bootstrapServers,
///     SchemaRegistry = registry,
///     Range = TopicRange.Timestamps(DateTimeOffset.UtcNow.AddDays(-1)),
/// }));
/// IDataView scored = model.Transform(today);
/// </code>
/// </example>
public sealed class KafkaTopicSource : IMultiStreamSource
{
    /// <summary>Creates a source for a topic.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">
    /// The cluster, the range and how it is read. The formats, the label, the features and the additional columns are taken from the loader instead.
    /// </param>
    public KafkaTopicSource(string topic, KafkaDatasetOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentNullException.ThrowIfNull(options);
        Topic = topic;
        Options = options;
    }

    /// <summary>The topic's name.</summary>
    public string Topic { get; }

    /// <summary>The cluster, the range and how it is read.</summary>
    public KafkaDatasetOptions Options { get; }

    int IMultiStreamSource.Count => 1;

    /// <summary>Returns the topic and the brokers, without secrets.</summary>
    public override string ToString() => $"{Topic} on {Options.BootstrapServers}";

    string? IMultiStreamSource.GetPathOrNull(int index) => null;

    Stream IMultiStreamSource.Open(int index) => throw NoStream();

    TextReader IMultiStreamSource.OpenTextReader(int index) => throw NoStream();

    private NotSupportedException NoStream() =>
        new($"The topic '{Topic}' is not a stream of text: load it by a loader that {nameof(KafkaLoadExtensions.CreateKafkaLoader)} made.");
}
