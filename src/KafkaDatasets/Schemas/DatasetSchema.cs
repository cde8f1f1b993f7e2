using System.Diagnostics.CodeAnalysis;

namespace KafkaDatasets;

/// <summary>The columns of a dataset, in the order of the schema's fields.</summary>
public sealed class DatasetSchema
{
    private readonly Dictionary<string, DatasetColumn> _byName;

    internal DatasetSchema(string name, IEnumerable<DatasetColumn> columns, IReadOnlyDictionary<string, string> unreadable)
    {
        Name = name;
        Columns = [.. columns];
        Unreadable = unreadable;
        _byName = Columns.ToDictionary(c => c.Name, StringComparer.Ordinal);
    }

    /// <summary>The full name of the record.</summary>
    public string Name { get; }

    /// <summary>The columns, in the order of the schema's fields.</summary>
    public IReadOnlyList<DatasetColumn> Columns { get; }

    /// <summary>The fields that are not columns, each with the reason.</summary>
    public IReadOnlyDictionary<string, string> Unreadable { get; }

    /// <summary>The column of that name.</summary>
    /// <param name="name">The column's name, case-sensitive.</param>
    /// <param name="column">The column.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetColumn(string name, [NotNullWhen(true)] out DatasetColumn? column) => _byName.TryGetValue(name, out column);
}
