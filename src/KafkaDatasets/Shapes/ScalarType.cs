namespace KafkaDatasets.Shapes;

/// <summary>A single value. What follows the kind is Avro's.</summary>
/// <param name="Kind">Its kind.</param>
internal sealed record ScalarType(ScalarKind Kind) : FieldType
{
    /// <summary>.NET's ticks (100 ns) or nanoseconds per unit that times are counted in: 10,000 for milliseconds, 10 for microseconds, 0 for nanoseconds.</summary>
    public int TicksPerUnit { get; init; } = 10;

    /// <summary>The greatest number of digits of a decimal.</summary>
    public int Precision { get; init; } = 38;

    /// <summary>How many digits of a decimal are behind the point.</summary>
    public int Scale { get; init; } = 9;

    /// <summary>The length of bytes that are of a fixed length, or null if there is none.</summary>
    public int? FixedSize { get; init; }
}
