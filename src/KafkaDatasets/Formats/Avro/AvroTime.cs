using System.Diagnostics;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Avro's dates and times (specification 1.12, "Logical Types") in ticks of 100 ns: since 0001-01-01, or since midnight.</summary>
internal static class AvroTime
{
    private const long TicksPerMicrosecond = TimeSpan.TicksPerMillisecond / 1000;
    private const long NanosecondsPerTick = 100;

    private static readonly long Epoch = DateTime.UnixEpoch.Ticks;

    /// <summary>The unit of a logical type, or null.</summary>
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

    /// <summary>The unit in which a value was written: the writer's where it is of the reader's kind, or else the reader's.</summary>
    public static AvroTimeUnit Written(AvroTimeUnit? writer, AvroTimeUnit reader) => (writer, reader) switch
    {
        ({ } unit, AvroTimeUnit.TimeMillis or AvroTimeUnit.TimeMicros) when unit is AvroTimeUnit.TimeMillis or AvroTimeUnit.TimeMicros => unit,
        ({ } unit, >= AvroTimeUnit.TimestampMillis) when unit >= AvroTimeUnit.TimestampMillis => unit,
        _ => reader,
    };

    /// <summary>The ticks; fractions of a tick are cut off towards the past.</summary>
    /// <exception cref="MalformedValueException">The time is outside the calendar, the years 1 to 9999, or outside a day.</exception>
    public static long ToTicks(AvroTimeUnit unit, long value)
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
            return Epoch + value / NanosecondsPerTick - (value % NanosecondsPerTick < 0 ? 1 : 0);
        }

        Int128 ticks = (Int128)value * ticksPerUnit + (isOfDay ? 0 : Epoch);
        return ticks >= 0 && ticks <= (isOfDay ? TimeSpan.TicksPerDay - 1 : DateTime.MaxValue.Ticks)
            ? (long)ticks
            : throw new MalformedValueException($"the {Name(unit)} {value} is outside {(isOfDay ? "a day" : "the years 1 to 9999")}");
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
