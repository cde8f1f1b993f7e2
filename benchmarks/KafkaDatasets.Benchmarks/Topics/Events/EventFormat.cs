namespace KafkaDatasets.Benchmarks.Topics.Events;

/// <summary>How the events of a topic are encoded, behind Confluent's framing.</summary>
internal enum EventFormat
{
    Avro,
    Protobuf,
    Json,
}
