namespace KafkaDatasets;

/// <summary>The type of a column, or of the items of a vector column. The type determines how a missing value is represented.</summary>
public enum ColumnType
{
    /// <summary>Boolean; missing is false.</summary>
    Boolean,

    /// <summary>8-bit signed integer; missing is 0.</summary>
    Int8,

    /// <summary>8-bit unsigned integer; missing is 0.</summary>
    UInt8,

    /// <summary>16-bit signed integer; missing is 0.</summary>
    Int16,

    /// <summary>16-bit unsigned integer; missing is 0.</summary>
    UInt16,

    /// <summary>32-bit signed integer; missing is 0.</summary>
    Int32,

    /// <summary>32-bit unsigned integer; missing is 0.</summary>
    UInt32,

    /// <summary>64-bit signed integer; missing is 0.</summary>
    Int64,

    /// <summary>64-bit unsigned integer; missing is 0.</summary>
    UInt64,

    /// <summary>32-bit floating point; missing is NaN.</summary>
    Single,

    /// <summary>64-bit floating point; missing is NaN.</summary>
    Double,

    /// <summary>Text; missing is empty.</summary>
    Text,

    /// <summary>One of a known list of values (an enum), which has the key type in ML.NET; missing is key 0.</summary>
    Key,

    /// <summary>Date and time without a time zone; missing is <see cref="System.DateTime.MinValue"/>.</summary>
    DateTime,

    /// <summary>A point in time, in UTC; missing is <see cref="System.DateTimeOffset.MinValue"/>.</summary>
    DateTimeOffset,

    /// <summary>A time of day, or a duration; missing is <see cref="System.TimeSpan.MinValue"/>, because zero is midnight.</summary>
    TimeSpan,
}
