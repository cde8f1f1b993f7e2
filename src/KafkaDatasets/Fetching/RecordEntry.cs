namespace KafkaDatasets.Fetching;

/// <summary>Where one record lies in the bytes of its <see cref="RecordChunk"/>.</summary>
internal struct RecordEntry
{
    /// <summary>The record's offset in the partition.</summary>
    public long Offset;

    /// <summary>Milliseconds since the Unix epoch.</summary>
    public long Timestamp;

    public int KeyStart;

    /// <summary>−1: the key is null.</summary>
    public int KeyLength;

    public int ValueStart;

    /// <summary>At least 0: records with a null value are not entries.</summary>
    public int ValueLength;

    /// <summary>Where the first header begins, encoded as in record batches v2: each is varint key length, key, varint value length, value.</summary>
    public int HeadersStart;

    public int HeaderCount;
}
