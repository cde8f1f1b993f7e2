using Confluent.Kafka;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>Makes a value of the bytes that the consumer gives.</summary>
internal sealed class SpanDeserializer<T>(Func<ReadOnlySpan<byte>, T> read) : IDeserializer<T>
{
    public T Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => read(data);
}
