namespace KafkaDatasets.Formats.Avro;

/// <summary>The unit of an integer that is a date or time.</summary>
internal enum AvroTimeUnit
{
    /// <summary>Days since 1970-01-01.</summary>
    Date,

    /// <summary>Milliseconds since midnight.</summary>
    TimeMillis,

    /// <summary>Microseconds since midnight.</summary>
    TimeMicros,

    /// <summary>Milliseconds since 1970-01-01, in UTC or local.</summary>
    TimestampMillis,

    /// <summary>Microseconds since 1970-01-01, in UTC or local.</summary>
    TimestampMicros,

    /// <summary>Nanoseconds since 1970-01-01, in UTC or local.</summary>
    TimestampNanos,
}
