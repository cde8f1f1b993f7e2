namespace KafkaDatasets.Formats;

/// <summary>The factory of <see cref="RecordFormat"/> that created a format.</summary>
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
