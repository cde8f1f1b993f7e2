namespace KafkaDatasets.Schemas;

/// <summary>Defines how a value that may be missing is represented.</summary>
internal static class MissingValues
{
    /// <summary>Whether the type has a value for missing: NaN, empty text, key 0, or the minimum time.</summary>
    public static bool Has(ColumnType type) => type is ColumnType.Single or ColumnType.Double or ColumnType.Text or ColumnType.Key or ColumnType.DateTime or ColumnType.DateTimeOffset or ColumnType.TimeSpan;

    /// <summary>Returns the type of a column whose values may be missing: integers and Booleans become floating point, which has NaN.</summary>
    public static ColumnType Nullable(ColumnType type, bool isNullable) => type switch
    {
        _ when !isNullable || Has(type) => type,
        ColumnType.Int32 or ColumnType.UInt32 or ColumnType.Int64 or ColumnType.UInt64 => ColumnType.Double,
        _ => ColumnType.Single,
    };
}
