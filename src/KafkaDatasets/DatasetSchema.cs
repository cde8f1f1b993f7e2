using System.Diagnostics.CodeAnalysis;

namespace KafkaDatasets;

/// <summary>The columns of a dataset.</summary>
public sealed class DatasetSchema
{
    private readonly Dictionary<string, DatasetColumn> _byName;

    internal DatasetSchema(string name, IEnumerable<DatasetColumn> columns, IReadOnlyDictionary<string, string> unreadable, IReadOnlyList<RecordColumn>? recordColumns = null)
    {
        Name = name;
        Columns = [.. columns];
        Unreadable = unreadable;
        _byName = Columns.ToDictionary(c => c.Name, StringComparer.Ordinal);
        var columnsOfRecord = new List<DatasetColumn>();
        foreach (DatasetColumn column in RecordColumn.All(recordColumns ?? []))
        {
            DatasetColumn named = column with { Name = FreeName(column.Name) };
            _byName.Add(named.Name, named);
            columnsOfRecord.Add(named);
        }

        RecordColumns = columnsOfRecord;
    }

    /// <summary>The full name of the record.</summary>
    public string Name { get; }

    /// <summary>
    /// The fields of the record's value, in the order of the schema, preceded by the fields of its key if <see cref="KafkaDatasetOptions.KeyFormat"/>
    /// or the format reads the key.
    /// </summary>
    public IReadOnlyList<DatasetColumn> Columns { get; }

    /// <summary>
    /// The columns that every record has, regardless of its value: <c>Partition</c> (Int32), <c>Offset</c> (Int64), <c>Timestamp</c>
    /// (DateTimeOffset, in milliseconds), and those of <see cref="KafkaDatasetOptions.RecordColumns"/>. If a field has
    /// the same name, the field keeps it and the record's column is named <c>Kafka.Partition</c>, <c>Kafka.Offset</c> and so on. They are never features.
    /// </summary>
    public IReadOnlyList<DatasetColumn> RecordColumns { get; }

    /// <summary>The fields that cannot be columns, by name, each with the reason.</summary>
    public IReadOnlyDictionary<string, string> Unreadable { get; }

    /// <summary>Where the schema comes from, for messages: its subject, version and id, or the options.</summary>
    internal string Source { get; set; } = "";

    /// <summary>The types of the integer fields whose columns are Double because they may be missing, by the column's name.</summary>
    internal IReadOnlyDictionary<string, ColumnType> NullableIntegers { get; init; } = new Dictionary<string, ColumnType>();

    /// <summary>Finds a column by its name.</summary>
    /// <param name="name">The column's name, case-sensitive.</param>
    /// <param name="column">The column; null if there is none.</param>
    /// <returns>True if the schema has the column.</returns>
    public bool TryGetColumn(string name, [NotNullWhen(true)] out DatasetColumn? column) => _byName.TryGetValue(name, out column);

    /// <summary>The columns that match a name: the exact match, or, if case is ignored and there is no exact match, every column whose name differs only in case.</summary>
    internal IReadOnlyList<DatasetColumn> Find(string name, bool ignoreCase) =>
        TryGetColumn(name, out DatasetColumn? column) ? [column]
        : ignoreCase ? [.. _byName.Values.Where(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase))]
        : [];

    /// <summary>Returns the schema with the columns of the key added and with the given record columns.</summary>
    internal DatasetSchema With(DatasetSchema? key, IReadOnlyList<RecordColumn> recordColumns) => key is null
        ? new(Name, Columns, Unreadable, recordColumns) { NullableIntegers = NullableIntegers }
        : new(Name, [.. key.Columns.Select(c => c with { IsOfKey = true }), .. Columns], Merge(key.Unreadable, Unreadable), recordColumns) { NullableIntegers = Merge(key.NullableIntegers, NullableIntegers) };

    /// <summary>Returns the schema with enums as text columns.</summary>
    internal DatasetSchema WithEnumsAsText() =>
        new(Name, Columns.Select(c => c.Type == ColumnType.Key ? c with { Type = ColumnType.Text, KeyValues = null, Symbols = c.KeyValues } : c), Unreadable) { NullableIntegers = NullableIntegers };

    private static Dictionary<string, T> Merge<T>(IReadOnlyDictionary<string, T> first, IReadOnlyDictionary<string, T> second) =>
        first.Concat(second).DistinctBy(u => u.Key).ToDictionary();

    private string FreeName(string name)
    {
        while (_byName.ContainsKey(name))
        {
            name = $"Kafka.{name}";
        }

        return name;
    }
}
