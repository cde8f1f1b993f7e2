using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;

namespace KafkaDatasets;

/// <summary>A key or value as it lies in the record, with the record's headers: what a <see cref="RecordFraming"/> reads.</summary>
public readonly ref struct FramedBytes
{
    private readonly RecordChunk _chunk;
    private readonly ref readonly RecordEntry _entry;

    internal FramedBytes(DataPart part, RecordChunk chunk, ref readonly RecordEntry entry, ReadOnlySpan<byte> bytes)
    {
        _chunk = chunk;
        _entry = ref entry;
        Bytes = bytes;
        IsKey = part == DataPart.Key;
    }

    /// <summary>Whether this is the record's key; otherwise it is its value.</summary>
    public bool IsKey { get; }

    /// <summary>The bytes of the key or value, frame included.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Whether the record has any header.</summary>
    public bool HasHeaders => _entry.HeaderCount > 0;

    /// <summary>Finds a header of the record; of several with one name, the last.</summary>
    /// <param name="name">The header's name in UTF-8.</param>
    /// <param name="value">Its value; empty where the value is null or there is no such header.</param>
    /// <returns>Whether the record has such a header.</returns>
    public bool TryGetHeader(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        return _entry.HeaderCount > 0 && RecordHeaders.TryFind(_chunk, _entry, name, out value);
    }
}
