using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats;

/// <summary>Handles columns that the options declare because no schema does.</summary>
internal static class DeclaredColumns
{
    /// <summary>The maximum nesting depth of lists.</summary>
    private const int MaxDepth = 64;

    /// <summary>The maximum scale of a decimal.</summary>
    private const int MaxScale = 400;

    /// <summary>Returns the columns by their names in the dataset.</summary>
    /// <param name="root">The prefix of those names, before a dot.</param>
    /// <param name="columns">The columns.</param>
    public static IReadOnlyList<DatasetColumn> Under(string root, IReadOnlyList<DatasetColumn> columns) =>
        root.Length == 0 ? columns : [.. columns.Select(c => c with { Name = $"{root}.{c.Name}" })];

    /// <summary>Returns every problem with the columns.</summary>
    public static IEnumerable<string> Faults(IReadOnlyList<DatasetColumn> columns)
    {
        if (columns.Count == 0)
        {
            yield return "no column is declared";
        }

        if (columns.Any(c => c is null))
        {
            yield return "a column is null";
            columns = [.. columns.OfType<DatasetColumn>()];
        }

        foreach (string twice in columns.GroupBy(c => c.Name).Where(g => g.Count() > 1).Select(g => g.Key))
        {
            yield return $"column '{twice}' is declared more than once";
        }

        foreach (string fault in columns.SelectMany(Faults))
        {
            yield return fault;
        }
    }

    /// <summary>Returns every problem with columns whose names refer to nested objects.</summary>
    public static IEnumerable<string> NestingFaults(IReadOnlyList<DatasetColumn> columns)
    {
        DatasetColumn[] all = [.. columns.OfType<DatasetColumn>()];
        var names = all.Select(c => c.Name).ToHashSet();
        return
            from inner in all
            let name = inner.Name ?? ""
            from outer in name.Index().Where(c => c.Item == '.').Select(c => name[..c.Index])
            where names.Contains(outer)
            select $"column '{outer}' is declared as a value and, by '{inner.Name}', as an object";
    }

    /// <summary>Returns every problem with columns in a format that has no vectors.</summary>
    public static IEnumerable<string> VectorFaults(IReadOnlyList<DatasetColumn> columns) =>
        columns.OfType<DatasetColumn>().Where(c => c.IsVector).Select(c => $"column '{c.Name}' is a vector, which the format does not have: declare a column for each of its fields");

    /// <summary>Returns every problem with columns in a format that cannot tell a decimal in base64 from a number: <c>1234</c> is both.</summary>
    public static IEnumerable<string> DecimalFaults(IReadOnlyList<DatasetColumn> columns) =>
        columns.OfType<DatasetColumn>().Where(c => c.DecimalScale is not null).Select(c => $"column '{c.Name}' has a {nameof(DatasetColumn.DecimalScale)}, which is for JSON only, since here base64 cannot be told from numbers: remove it to read numbers, or declare the column as {ColumnType.Text} and decode the base64");

    private static IEnumerable<string> Faults(DatasetColumn column)
    {
        if (string.IsNullOrEmpty(column.Name))
        {
            yield return "a column has no name";
        }

        if (column is { IsNullable: true, IsVector: false } && !MissingValues.Has(column.Type))
        {
            yield return $"column '{column.Name}' is nullable and of type {column.Type}, which has no value for missing: declare it as {ColumnType.Double}, or as not nullable";
        }

        if (!column.IsVector && (column.GivenDepth, column.Size) is not (0, 0))
        {
            yield return $"column '{column.Name}' has the {(column.GivenDepth != 0 ? $"depth {column.GivenDepth}" : $"size {column.Size}")} and is not a vector: set {nameof(DatasetColumn.IsVector)}";
        }

        if (column.GivenDepth < 0 || column.Size < 0)
        {
            yield return $"column '{column.Name}' has the {(column.GivenDepth < 0 ? $"depth {column.GivenDepth}" : $"size {column.Size}")}, less than 0";
        }

        if (column.Depth > MaxDepth)
        {
            yield return $"column '{column.Name}' is a vector of lists nested {column.Depth} deep: at most {MaxDepth} are supported";
        }
        else if (column.Depth > 1 && column.Size > 0)
        {
            yield return $"column '{column.Name}' is a vector of nested lists with the size {column.Size}: nested lists have no fixed size";
        }

        if ((column.Type == ColumnType.Key) != (column.KeyValues is { Count: > 0 }))
        {
            yield return column.Type == ColumnType.Key
                ? $"column '{column.Name}' is of type {ColumnType.Key} and has no key values: give at least one"
                : $"column '{column.Name}' is of type {column.Type} and has key values: they are for columns of type {ColumnType.Key}";
        }

        if (column.Unit is { } unit && (!Enum.IsDefined(unit) || column.Type is < ColumnType.DateTime or > ColumnType.TimeSpan))
        {
            yield return $"column '{column.Name}' is of type {column.Type} and counts {unit}: {nameof(DatasetColumn.Unit)} is for columns of type {ColumnType.DateTime}, {ColumnType.DateTimeOffset} and {ColumnType.TimeSpan}";
        }

        if (column.DecimalScale is { } scale && (Math.Abs(scale) > MaxScale || column.Type is not (ColumnType.Single or ColumnType.Double)))
        {
            yield return $"column '{column.Name}' is of type {column.Type} and has the decimal scale {scale}: {nameof(DatasetColumn.DecimalScale)} is for columns of type {ColumnType.Double} and {ColumnType.Single}, from {-MaxScale} to {MaxScale}";
        }
    }
}
