namespace KafkaDatasets.Writing;

/// <summary>Arrays of exactly the required length, as Confluent's producer needs them. Because librdkafka copies their contents, one array of each length is reused.</summary>
internal sealed class ExactArrays
{
    private const int MaxReusedLength = 4096;

    private readonly byte[]?[] _arrays = new byte[MaxReusedLength + 1][];

    public byte[] CopyOf(ReadOnlySpan<byte> bytes)
    {
        byte[] exact = bytes.Length > MaxReusedLength ? new byte[bytes.Length] : _arrays[bytes.Length] ??= new byte[bytes.Length];
        bytes.CopyTo(exact);
        return exact;
    }
}
