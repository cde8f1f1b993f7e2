namespace KafkaDatasets;

/// <summary>A column of a dataset: a field of the records' values or keys, or a property of the records themselves, such as the offset.</summary>
/// <param name="Name">The field's name; for a nested field, its path with dots (<c>inner.deep.y</c>).</param>
/// <param name="Type">The type of the column's values; for a vector, the type of its items.</param>
/// <param name="IsNullable">Whether the value may be missing. Default false.</param>
/// <param name="KeyValues">The values of a <see cref="ColumnType.Key"/> column in the order of their keys; null for every other type.</param>
/// <param name="Description">The field's documentation in the schema; null if it has none. Default null.</param>
public sealed record DatasetColumn(string Name, ColumnType Type, bool IsNullable = false, IReadOnlyList<string>? KeyValues = null, string? Description = null)
{
    /// <summary>Whether each row holds a vector. Default false.</summary>
    public bool IsVector { get; init; }

    /// <summary>The number of items of a vector if it is the same in every row. Default 0: the length varies from row to row, and a missing vector is empty.</summary>
    public int Size { get; init; }

    /// <summary>
    /// How deeply the lists of a vector are nested: 1 for a list; 2 for a list of lists, which is flattened into one vector, with the length of each inner list in the column
    /// <c>name.lengths</c>; 3 for lists one level deeper, with the lengths of the innermost lists in <c>name.lengths2</c>, and so on. Default 1 for a vector, 0 for a scalar.
    /// </summary>
    public int Depth
    {
        get => IsVector ? Math.Max(1, GivenDepth) : 0;
        init => GivenDepth = value;
    }

    /// <summary>
    /// For a declared date, time or time span: the unit of values that are numbers, counted from 1970-01-01 for a date (<see cref="TimeUnit.Millisecond"/> for <c>1764000000000</c>).
    /// Values that are text are still read as text. Default null: values are always text.
    /// </summary>
    public TimeUnit? Unit { get; init; }

    /// <summary>
    /// For a declared <see cref="ColumnType.Double"/> or <see cref="ColumnType.Single"/>: the scale of decimals that Kafka Connect and Debezium write in JSON as text, the base64 of
    /// the unscaled integer (<c>"BNI="</c> with scale 2 is 12.34). A JSON number, and a text with a decimal point (<c>"12.34"</c>), which base64 does not have, is the number itself; any other text is a bad record. CSV, where the two look alike, refuses it. Default null: text is the number itself (<c>"12.34"</c>).
    /// </summary>
    public int? DecimalScale { get; init; }

    /// <summary>Whether the column is a feature by default: a numeric field that is not a vector.</summary>
    public bool IsNumeric => !IsVector && Part is null && Type is >= ColumnType.Int8 and <= ColumnType.Double;

    /// <summary>Which property of the record the column holds; null for a field of the value or of the key.</summary>
    internal RecordPart? Part { get; init; }

    /// <summary>The depth that was given, whether or not the column is a vector.</summary>
    internal int GivenDepth { get; private init; }

    /// <summary>Whether the column is a field of the key.</summary>
    internal bool IsOfKey { get; init; }

    /// <summary>The symbols of an enum that is read as text; null for every other column.</summary>
    internal IReadOnlyList<string>? Symbols { get; init; }

    /// <summary>Whether the column holds the lengths of nested lists.</summary>
    internal bool IsLengths { get; init; }

    /// <summary>The name of the header that the column holds; null if it does not hold one.</summary>
    internal string? Header { get; init; }

    /// <summary>Whether the column can be a feature: a scalar takes one slot, a vector of known size several.</summary>
    internal bool CanBeFeature => Part is null && Type <= ColumnType.Double && (!IsVector || Size > 0);

    /// <summary>Whether the column is a vector whose length varies from row to row.</summary>
    internal bool IsRagged => IsVector && Size == 0;

    /// <summary>The number of slots that the column takes in <c>Features</c>: 1 for a scalar, the size for a vector.</summary>
    internal int Slots => IsVector ? Size : 1;

    /// <summary>The names of the column's slots in <c>Features</c>.</summary>
    internal IEnumerable<string> SlotNames => IsVector ? Enumerable.Range(0, Size).Select(i => $"{Name}.{i}") : [Name];
}
