namespace KafkaDatasets.Formats.Json;

/// <summary>How a member's value is read while members follow each other as in the last record.</summary>
internal enum JsonForm
{
    /// <summary>In a way that only <see cref="JsonFastReader"/> knows.</summary>
    Other,

    /// <summary>Not at all.</summary>
    Skipped,

    /// <summary>A floating-point number that goes only to one column of single-precision numbers.</summary>
    Number,

    /// <summary>An integer that goes there.</summary>
    Integer,

    /// <summary>A Boolean that goes there, also as a label.</summary>
    Flag,

    /// <summary>A text that goes only to one column of texts.</summary>
    Text,
}
