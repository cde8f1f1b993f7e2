namespace KafkaDatasets.Fetching;

/// <summary>Where one record is in the bytes of its <see cref="RecordChunk"/>.</summary>
internal struct RecordEntry
{
    /// <summary>The record's offset in the partition.</summary>
    public long Offset;

    /// <summary>Milliseconds since the Unix epoch.</summary>
    public long Timestamp;

    public int KeyStart;

    /// <summary>The length of the key; −1 when it is null.</summary>
    public int KeyLength;

    public int ValueStart;

    /// <summary>The length of the value, at least 0: records with a null value are not entries.</summary>
    public int ValueLength;

    /// <summary>Where the first header begins, encoded as in v2 record batches: each is varint key length, key, varint value length, value.</summary>
    public int HeadersStart;

    public int HeaderCount;
}
