using System.Diagnostics;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Converts Avro's dates and times (specification 1.12, "Logical Types") to ticks of 100 ns since 0001-01-01 or since midnight.</summary>
internal static class AvroTime
{
    private const long TicksPerMicrosecond = TimeSpan.TicksPerMillisecond / 1000;
    private const long NanosecondsPerTick = 100;

    private static readonly long Epoch = DateTime.UnixEpoch.Ticks;

    /// <summary>Returns the unit of a logical type, or null.</summary>
    public static AvroTimeUnit? Unit(string? logicalType) => logicalType switch
    {
        "date" => AvroTimeUnit.Date,
        "time-millis" => AvroTimeUnit.TimeMillis,
        "time-micros" => AvroTimeUnit.TimeMicros,
        "timestamp-millis" or "local-timestamp-millis" => AvroTimeUnit.TimestampMillis,
        "timestamp-micros" or "local-timestamp-micros" => AvroTimeUnit.TimestampMicros,
        "timestamp-nanos" or "local-timestamp-nanos" => AvroTimeUnit.TimestampNanos,
        _ => null,
    };

    /// <summary>Converts a value to ticks; fractions of a tick are rounded down.</summary>
    /// <exception cref="MalformedValueException">The time is outside the years 1 to 9999, or outside a day.</exception>
    public static long ToTicks(AvroTimeUnit unit, long value)
    {
        long ticks = value;
        return TryToTicks(unit, ref ticks)
            ? ticks
            : throw new MalformedValueException($"the {Name(unit)} {value} is outside {(unit is AvroTimeUnit.TimeMillis or AvroTimeUnit.TimeMicros ? "a day" : "the years 1 to 9999")}");
    }

    /// <summary>Converts a value to ticks.</summary>
    /// <returns>False when it is outside the years 1 to 9999, or outside a day.</returns>
    public static bool TryToTicks(AvroTimeUnit unit, ref long value)
    {
        (long ticksPerUnit, bool isOfDay) = unit switch
        {
            AvroTimeUnit.Date => (TimeSpan.TicksPerDay, false),
            AvroTimeUnit.TimeMillis => (TimeSpan.TicksPerMillisecond, true),
            AvroTimeUnit.TimeMicros => (TicksPerMicrosecond, true),
            AvroTimeUnit.TimestampMillis => (TimeSpan.TicksPerMillisecond, false),
            AvroTimeUnit.TimestampMicros => (TicksPerMicrosecond, false),
            AvroTimeUnit.TimestampNanos => (0, false),
            _ => throw new UnreachableException($"unit {unit}"),
        };
        if (ticksPerUnit == 0)
        {
            value = Epoch + (value / NanosecondsPerTick) - (value % NanosecondsPerTick < 0 ? 1 : 0);
            return true;
        }

        long epoch = isOfDay ? 0 : Epoch;
        long last = isOfDay ? TimeSpan.TicksPerDay - 1 : DateTime.MaxValue.Ticks;
        if (value < -epoch / ticksPerUnit || value > (last - epoch) / ticksPerUnit)
        {
            return false;
        }

        value = (value * ticksPerUnit) + epoch;
        return true;
    }

    private static string Name(AvroTimeUnit unit) => unit switch
    {
        AvroTimeUnit.Date => "date",
        AvroTimeUnit.TimeMillis => "time-millis",
        AvroTimeUnit.TimeMicros => "time-micros",
        AvroTimeUnit.TimestampMillis => "timestamp-millis",
        AvroTimeUnit.TimestampMicros => "timestamp-micros",
        AvroTimeUnit.TimestampNanos => "timestamp-nanos",
        _ => throw new UnreachableException($"unit {unit}"),
    };
}
