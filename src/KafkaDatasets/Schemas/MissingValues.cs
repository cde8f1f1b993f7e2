namespace KafkaDatasets.Schemas;

/// <summary>How a value that may be missing is held.</summary>
internal static class MissingValues
{
    /// <summary>Whether a value of the type can tell that it is missing: NaN, empty text, key 0, or the least time.</summary>
    public static bool Has(ColumnType type) => type is ColumnType.Single or ColumnType.Double or ColumnType.Text or ColumnType.Key or ColumnType.DateTime or ColumnType.DateTimeOffset or ColumnType.TimeSpan;

    /// <summary>The type of a column of values that may be missing: integers and Booleans then are floating point, which has NaN.</summary>
    public static ColumnType Nullable(ColumnType type, bool isNullable) => type switch
    {
        _ when !isNullable || Has(type) => type,
        ColumnType.Int32 or ColumnType.UInt32 or ColumnType.Int64 or ColumnType.UInt64 => ColumnType.Double,
        _ => ColumnType.Single,
    };
}
