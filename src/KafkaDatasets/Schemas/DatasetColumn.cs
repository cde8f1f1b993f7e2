namespace KafkaDatasets;

/// <summary>One column of a dataset: a field of its records.</summary>
/// <param name="Name">The field's name; a nested field's name is its path with dots (<c>inner.deep.y</c>).</param>
/// <param name="Type">The column's type.</param>
/// <param name="IsNullable">Whether a record may have no value for it.</param>
/// <param name="KeyValues">The values of a <see cref="ColumnType.Key"/> column in the order of their keys, else null.</param>
/// <param name="Description">The field's documentation in the schema, if any.</param>
public sealed record DatasetColumn(string Name, ColumnType Type, bool IsNullable = false, IReadOnlyList<string>? KeyValues = null, string? Description = null)
{
    /// <summary>Whether the column can be a feature by default: a number.</summary>
    public bool IsNumeric => Type is ColumnType.Int32 or ColumnType.Int64 or ColumnType.Single or ColumnType.Double;
}
