namespace KafkaDatasets.Formats.Json;

/// <summary>The form of a text that holds a time, when its column's type allows several.</summary>
internal enum JsonTimeForm
{
    /// <summary>Any form of the column's type.</summary>
    Any,

    /// <summary>RFC 3339's full-date only.</summary>
    Date,

    /// <summary>RFC 3339's date-time without the offset.</summary>
    LocalDateTime,

    /// <summary>RFC 3339's partial-time or full-time.</summary>
    TimeOfDay,
}
