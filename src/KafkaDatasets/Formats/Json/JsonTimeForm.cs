namespace KafkaDatasets.Formats.Json;

/// <summary>The form of a text that is a time, where its column's type leaves a choice.</summary>
internal enum JsonTimeForm
{
    /// <summary>Any that is of the column's type.</summary>
    Any,

    /// <summary>RFC 3339's full-date alone.</summary>
    Date,

    /// <summary>RFC 3339's date-time without the offset.</summary>
    LocalDateTime,

    /// <summary>RFC 3339's partial-time or full-time.</summary>
    TimeOfDay,
}
