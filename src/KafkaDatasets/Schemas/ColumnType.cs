namespace KafkaDatasets;

/// <summary>The types of columns.</summary>
public enum ColumnType
{
    /// <summary>Boolean.</summary>
    Boolean,

    /// <summary>32-bit integer.</summary>
    Int32,

    /// <summary>64-bit integer.</summary>
    Int64,

    /// <summary>32-bit floating point; missing is NaN.</summary>
    Single,

    /// <summary>64-bit floating point; missing is NaN.</summary>
    Double,

    /// <summary>Text; missing is empty.</summary>
    Text,

    /// <summary>One of a known list of values (an enum): key type in ML.NET; missing is key 0.</summary>
    Key,
}
