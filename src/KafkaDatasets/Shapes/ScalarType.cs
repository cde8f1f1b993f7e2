namespace KafkaDatasets.Shapes;

/// <summary>A scalar type. All properties except the kind apply to Avro only.</summary>
/// <param name="Kind">Its kind.</param>
internal sealed record ScalarType(ScalarKind Kind) : FieldType
{
    /// <summary>.NET's ticks (100 ns) or nanoseconds per unit in which times are counted: 10,000 for milliseconds, 10 for microseconds, 0 for nanoseconds.</summary>
    public int TicksPerUnit { get; init; } = 10;

    /// <summary>The maximum number of digits of a decimal.</summary>
    public int Precision { get; init; } = 38;

    /// <summary>The number of digits of a decimal after the decimal point.</summary>
    public int Scale { get; init; } = 9;

    /// <summary>The length of fixed-length bytes; null for variable length.</summary>
    public int? FixedSize { get; init; }
}
