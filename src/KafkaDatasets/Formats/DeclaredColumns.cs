using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats;

/// <summary>Columns that the options declare, where no schema does.</summary>
internal static class DeclaredColumns
{
    /// <summary>How deep lists may lie in one another.</summary>
    private const int MaxDepth = 64;

    /// <summary>The columns with their names in the dataset.</summary>
    /// <param name="root">What those begin with, before a dot.</param>
    /// <param name="columns">The columns.</param>
    public static IReadOnlyList<DatasetColumn> Under(string root, IReadOnlyList<DatasetColumn> columns) =>
        root.Length == 0 ? columns : [.. columns.Select(c => c with { Name = $"{root}.{c.Name}" })];

    /// <summary>What is wrong with them.</summary>
    public static IEnumerable<string> Faults(IReadOnlyList<DatasetColumn> columns)
    {
        if (columns.Count == 0)
        {
            yield return "it has no column";
        }

        foreach (string twice in columns.GroupBy(c => c.Name).Where(g => g.Count() > 1).Select(g => g.Key))
        {
            yield return $"column '{twice}' is declared more than once";
        }

        foreach (DatasetColumn column in columns)
        {
            if (string.IsNullOrEmpty(column.Name))
            {
                yield return "a column has no name";
            }

            if (column is { IsNullable: true, IsVector: false } && !MissingValues.Has(column.Type))
            {
                yield return $"column '{column.Name}' is of type {column.Type}, which has no value for missing: declare it as {ColumnType.Double}, or as not nullable";
            }

            if (column.Depth > MaxDepth || (column.Depth > 1 && column.Size > 0))
            {
                yield return $"column '{column.Name}' is a vector of lists {column.Depth} deep{(column.Size > 0 ? $" and of size {column.Size}: lists in lists have no size" : $", more than {MaxDepth}")}";
            }

            if ((column.Type == ColumnType.Key) != (column.KeyValues is { Count: > 0 }))
            {
                yield return $"column '{column.Name}' is of type {column.Type}: key values are for columns of type {ColumnType.Key}, which need at least one";
            }
        }
    }

    /// <summary>What is wrong with them where a dot leads into a nested object.</summary>
    public static IEnumerable<string> NestingFaults(IReadOnlyList<DatasetColumn> columns)
    {
        var names = columns.Select(c => c.Name).ToHashSet();
        return
            from inner in columns
            from outer in inner.Name.Index().Where(c => c.Item == '.').Select(c => inner.Name[..c.Index])
            where names.Contains(outer)
            select $"column '{outer}' is a value and, for '{inner.Name}', an object";
    }

    /// <summary>What is wrong with them where there are no vectors.</summary>
    public static IEnumerable<string> VectorFaults(IReadOnlyList<DatasetColumn> columns) =>
        columns.Where(c => c.IsVector).Select(c => $"column '{c.Name}' is a vector: declare a column for each of its fields");
}
