namespace KafkaDatasets.Tests.Fetching.Direct;

/// <summary>A record to put into a <see cref="TestBatch"/>.</summary>
internal sealed record TestRecord(int OffsetDelta, byte[]? Value)
{
    public byte[]? Key { get; init; }

    public long TimestampDelta { get; init; }

    public List<(string Key, byte[]? Value)> Headers { get; init; } = [];

    public byte[] Encode()
    {
        using var target = new MemoryStream();
        target.WriteByte(0);
        WriteVarint(target, TimestampDelta);
        WriteVarint(target, OffsetDelta);
        WriteBytes(target, Key);
        WriteBytes(target, Value);
        WriteVarint(target, Headers.Count);
        foreach ((string key, byte[]? value) in Headers)
        {
            WriteBytes(target, System.Text.Encoding.UTF8.GetBytes(key));
            WriteBytes(target, value);
        }

        return target.ToArray();
    }

    public static void WriteVarint(Stream target, long value)
    {
        ulong zigzag = (ulong)((value << 1) ^ (value >> 63));
        while (zigzag > 0x7F)
        {
            target.WriteByte((byte)(zigzag | 0x80));
            zigzag >>= 7;
        }

        target.WriteByte((byte)zigzag);
    }

    private static void WriteBytes(Stream target, byte[]? bytes)
    {
        WriteVarint(target, bytes?.Length ?? -1);
        target.Write(bytes ?? []);
    }
}
