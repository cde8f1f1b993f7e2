namespace KafkaDatasets.Writing;

/// <summary>Arrays of just the length that is needed, as Confluent's producer wants them. librdkafka copies them, so that one of each length can be used again.</summary>
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
