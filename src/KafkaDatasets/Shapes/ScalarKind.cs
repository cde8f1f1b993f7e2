namespace KafkaDatasets.Shapes;

/// <summary>The kinds of scalar values, each with the .NET type in which formats receive it.</summary>
internal enum ScalarKind
{
    /// <summary><see cref="bool"/>.</summary>
    Boolean,

    /// <summary>32-bit, as <see cref="long"/>.</summary>
    Int32,

    /// <summary><see cref="long"/>.</summary>
    Int64,

    /// <summary>32-bit, as <see cref="long"/>.</summary>
    UInt32,

    /// <summary><see cref="ulong"/>.</summary>
    UInt64,

    /// <summary><see cref="float"/>.</summary>
    Single,

    /// <summary><see cref="double"/>.</summary>
    Double,

    /// <summary><see cref="decimal"/>.</summary>
    Decimal,

    /// <summary><see cref="ReadOnlyMemory{T}"/> of char.</summary>
    Text,

    /// <summary><see cref="ReadOnlyMemory{T}"/> of byte.</summary>
    Bytes,

    /// <summary><see cref="Guid"/>.</summary>
    Uuid,

    /// <summary><see cref="DateOnly"/>.</summary>
    Date,

    /// <summary>A time of day, as <see cref="TimeSpan"/> from midnight.</summary>
    Time,

    /// <summary>A duration, as <see cref="System.TimeSpan"/>.</summary>
    TimeSpan,

    /// <summary>An instant, as <see cref="DateTimeOffset"/>.</summary>
    Timestamp,

    /// <summary>A date and time without a time zone, as <see cref="DateTime"/>.</summary>
    LocalTimestamp,
}
