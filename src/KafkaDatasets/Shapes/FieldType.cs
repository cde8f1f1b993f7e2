namespace KafkaDatasets.Shapes;

/// <summary>What a field of a written record holds, whatever the format.</summary>
internal abstract record FieldType
{
    /// <summary>Whether there may be no value.</summary>
    public bool IsNullable { get; init; }

    /// <summary>Which branch of an Avro union null is, 0 or 1.</summary>
    public int NullIndex { get; init; }

    /// <summary>Whether it is that of the field which is the record's key: no value is no key then.</summary>
    public bool IsKey { get; init; }
}
