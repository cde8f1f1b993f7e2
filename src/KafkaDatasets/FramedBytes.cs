using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;

namespace KafkaDatasets;

/// <summary>The input of a <see cref="RecordFraming"/>: the bytes of a key or value as they are in the record, and the record's headers.</summary>
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

    /// <summary>Whether the bytes are the record's key; if false, they are its value.</summary>
    public bool IsKey { get; }

    /// <summary>The bytes of the key or value, including the frame.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Whether the record has any header.</summary>
    public bool HasHeaders => _entry.HeaderCount > 0;

    /// <summary>Finds a header of the record by name; if several have the same name, the last one.</summary>
    /// <param name="name">The header's name in UTF-8.</param>
    /// <param name="value">The header's value; empty if the value is null or there is no such header.</param>
    /// <returns>True if the record has the header.</returns>
    public bool TryGetHeader(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        return _entry.HeaderCount > 0 && RecordHeaders.TryFind(_chunk, _entry, name, out value);
    }
}
