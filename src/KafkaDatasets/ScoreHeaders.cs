namespace KafkaDatasets;

/// <summary>
/// The names of the headers of scores and dead letters, for example to join scores with labels by input position. All values are UTF-8 text; numbers are decimal.
/// </summary>
/// <example>
/// <code>
/// RecordColumns = [RecordColumn.Header(ScoreHeaders.Offset, "InputOffset"), RecordColumn.Header(ScoreHeaders.ModelVersion)]
/// </code>
/// </example>
public static class ScoreHeaders
{
    /// <summary>The input's topic.</summary>
    public const string Topic = "kafkadatasets.input.topic";

    /// <summary>The input's partition.</summary>
    public const string Partition = "kafkadatasets.input.partition";

    /// <summary>The input's offset.</summary>
    public const string Offset = "kafkadatasets.input.offset";

    /// <summary>The input's timestamp, in milliseconds since the Unix epoch.</summary>
    public const string Timestamp = "kafkadatasets.input.timestamp";

    /// <summary>The version of the model that gave the score.</summary>
    public const string ModelVersion = "kafkadatasets.model.version";

    /// <summary>In a dead letter, why the record could not be scored.</summary>
    public const string Error = "kafkadatasets.error";
}
