using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>A model that a scorer applies, with the version that each of its scores carries.</summary>
public sealed class ScoringModel
{
    /// <summary>Creates a model.</summary>
    /// <param name="version">The version, which each score carries as a header, for example <c>fraud-12</c>.</param>
    /// <param name="transformer">The model; it must map rows to rows (<see cref="ITransformer.IsRowToRowMapper"/>).</param>
    /// <param name="created">When the model was made; its age is measured from this time.</param>
    /// <param name="inputSchema">The schema of the rows that the model was trained with; null if unknown. If its column <c>Features</c> has slot names, the topic's features must have the same names in the same order.</param>
    public ScoringModel(string version, ITransformer transformer, DateTimeOffset created, DataViewSchema? inputSchema = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(version);
        ArgumentNullException.ThrowIfNull(transformer);
        Version = version;
        Transformer = transformer;
        Created = created;
        InputSchema = inputSchema;
    }

    /// <summary>The version, which each score carries as a header.</summary>
    public string Version { get; }

    /// <summary>The model.</summary>
    public ITransformer Transformer { get; }

    /// <summary>When the model was made.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>The schema of the rows that the model was trained with; null if unknown.</summary>
    public DataViewSchema? InputSchema { get; }

    /// <inheritdoc/>
    public override string ToString() => Version;
}
