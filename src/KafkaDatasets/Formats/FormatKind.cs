namespace KafkaDatasets.Formats;

/// <summary>Which factory of <see cref="RecordFormat"/> made a format.</summary>
internal enum FormatKind
{
    Registry,
    Avro,
    Json,
    JsonColumns,
    Csv,
    Float32,
    Protobuf,
    Float64,
}
