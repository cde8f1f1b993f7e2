namespace KafkaDatasets;

/// <summary>By what a monitor finds the label of a score.</summary>
public sealed class LabelJoinKey
{
    private LabelJoinKey(string? column) => ColumnName = column;

    /// <summary>
    /// The position of the input: topic, partition and offset in the headers of scores that <c>KafkaScorer</c> writes. Labels have the same headers; if they do not, the labels topic is the input topic itself.
    /// </summary>
    public static LabelJoinKey InputPosition { get; } = new(null);

    /// <summary>The key of the records, which must identify a row.</summary>
    public static LabelJoinKey RecordKey { get; } = new("");

    /// <summary>A column that both topics have, which must identify a row.</summary>
    /// <param name="name">The column's name.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static LabelJoinKey Column(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new LabelJoinKey(name);
    }

    /// <summary>The column; null for the position, empty for the record's key.</summary>
    internal string? ColumnName { get; }

    /// <inheritdoc/>
    public override string ToString() => ColumnName switch { null => nameof(InputPosition), "" => nameof(RecordKey), _ => $"Column({ColumnName})" };
}
