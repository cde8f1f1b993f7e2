namespace KafkaDatasets.Shapes;

/// <summary>The type of a field of a written record, independent of the format.</summary>
internal abstract record FieldType
{
    /// <summary>Whether the value may be null.</summary>
    public bool IsNullable { get; init; }

    /// <summary>The index of null in an Avro union, 0 or 1.</summary>
    public int NullIndex { get; init; }

    /// <summary>Whether it is the type of the field that is the record's key: a null value then means a null key.</summary>
    public bool IsKey { get; init; }
}
