namespace KafkaDatasets;

/// <summary>A column of a dataset: a field of its records, or a part of the record itself, such as its offset.</summary>
/// <param name="Name">The field's name; for a nested field, its path with dots (<c>inner.deep.y</c>).</param>
/// <param name="Type">The type of the column's values; of a vector, that of its items.</param>
/// <param name="IsNullable">Whether the value may be missing. Default false.</param>
/// <param name="KeyValues">The values of a <see cref="ColumnType.Key"/> column in the order of their keys; null for every other type.</param>
/// <param name="Description">The field's documentation in the schema, if any.</param>
public sealed record DatasetColumn(string Name, ColumnType Type, bool IsNullable = false, IReadOnlyList<string>? KeyValues = null, string? Description = null)
{
    /// <summary>Whether each row holds a vector. Default false.</summary>
    public bool IsVector { get; init; }

    /// <summary>The number of items of a vector, the same in every row. Default 0: each row has its own number of items, and a missing vector none.</summary>
    public int Size { get; init; }

    /// <summary>
    /// How deep the lists of a vector are nested: 1 for a list; 2 for a list of lists, which is one vector, with the length of each inner list in the column
    /// <c>name.lengths</c>; 3 for lists one level deeper, with the lengths of the innermost lists in <c>name.lengths2</c>, and so on. Default 1 for a vector, 0 for a scalar.
    /// </summary>
    public int Depth
    {
        get => IsVector ? Math.Max(1, field) : 0;
        init;
    }

    /// <summary>
    /// Of a declared date, time or time span: what its numbers count, from 1970-01-01 where it is a date (<see cref="TimeUnit.Millisecond"/> for <c>1764000000000</c>).
    /// Values that are text are read as text anyway. Default null: it is always text.
    /// </summary>
    public TimeUnit? Unit { get; init; }

    /// <summary>
    /// Of a declared <see cref="ColumnType.Double"/> or <see cref="ColumnType.Single"/>: that values which are text are decimals as Kafka Connect and Debezium write them in JSON, base64 of
    /// the unscaled integer, with so many digits after the point (<c>"BNI="</c> with 2 is 12.34). Default null: a text is the number itself (<c>"12.34"</c>).
    /// </summary>
    public int? DecimalScale { get; init; }

    /// <summary>Whether the column is a feature by default: a numeric field that is not a vector.</summary>
    public bool IsNumeric => !IsVector && Part is null && Type is >= ColumnType.Int8 and <= ColumnType.Double;

    /// <summary>What the column is of the record besides its value; null: a field of the value, or of the key.</summary>
    internal RecordPart? Part { get; init; }

    /// <summary>Whether it is a field of the key.</summary>
    internal bool IsOfKey { get; init; }

    /// <summary>Of an enum that is read as text: its symbols; else null.</summary>
    internal IReadOnlyList<string>? Symbols { get; init; }

    /// <summary>Whether it is the sizes of lists that lie in others.</summary>
    internal bool IsLengths { get; init; }

    /// <summary>The name of the header that it is, or null if there is none.</summary>
    internal string? Header { get; init; }

    /// <summary>Whether it can be a feature, of one slot or, a vector of known size, of several.</summary>
    internal bool CanBeFeature => Part is null && Type <= ColumnType.Double && (!IsVector || Size > 0);

    /// <summary>Whether each row has its own number of items.</summary>
    internal bool IsRagged => IsVector && Size == 0;

    /// <summary>The slots it takes beside others: one, or its size.</summary>
    internal int Slots => IsVector ? Size : 1;

    /// <summary>The names of its slots as features.</summary>
    internal IEnumerable<string> SlotNames => IsVector ? Enumerable.Range(0, Size).Select(i => $"{Name}.{i}") : [Name];
}
