using Confluent.Kafka;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>A "deserializer" that copies the message's bytes into one reused buffer, so that no array is allocated per record.</summary>
internal sealed class SpanCopy : IDeserializer<int>
{
    private byte[] _bytes = new byte[1024];
    private int _length;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Math.Max(0, _length));

    /// <returns>The length; −1 for null.</returns>
    public int Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        if (data.Length > _bytes.Length)
        {
            _bytes = new byte[Math.Max(data.Length, 2 * _bytes.Length)];
        }

        data.CopyTo(_bytes);
        return _length = isNull ? -1 : data.Length;
    }
}
