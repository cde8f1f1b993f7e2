using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>Decodes one part of successive records, and caches the plan for the last record's writer schema.</summary>
/// <param name="plans">The decode plans.</param>
internal struct PartCursor(PartPlans plans)
{
    private readonly RecordFraming? _framing = plans.Framing;
    private readonly bool _isConfluent = plans.Framing is ConfluentFraming;
    private PartPlan? _plan = plans.Fixed;
    private WriterSchemaId _planWriter;
    private bool _isWriterKnown;

    /// <summary>The fast path for the next records, or null.</summary>
    public readonly BulkPlan? Bulk => _framing is null || (_isConfluent && _planWriter.Kind == SchemaIdKind.Id) ? _plan?.Bulk : null;

    /// <summary>The schema id that must precede a part on the fast path, or null when parts are not framed.</summary>
    public readonly int? BulkId => _framing is null ? null : (int)_planWriter.Number;

    /// <summary>The schema that the last record was written with, or null when it has no frame or an unreadable one.</summary>
    public readonly WriterSchemaId? Writer => _isWriterKnown ? _planWriter : null;

    /// <summary>Marks the part as absent from the record.</summary>
    public void Forget() => _isWriterKnown = false;

    /// <summary>Writes the part's columns at the block's next row.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="entry">The record.</param>
    /// <param name="bytes">The bytes of the part, which is present.</param>
    /// <param name="block">The block, with room for the row.</param>
    /// <param name="field">The field that was being read when an exception is thrown.</param>
    /// <returns>False when there is no plan yet for the record's <see cref="Writer"/>.</returns>
    /// <exception cref="MalformedValueException">The part does not match its schema.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryDecode(RecordChunk chunk, ref readonly RecordEntry entry, ReadOnlySpan<byte> bytes, RowBlock block, ref string? field)
    {
        if (_framing is null)
        {
            _plan!.Decode(bytes, block, ref field);
            return true;
        }

        if (IsAsBefore(entry, bytes))
        {
            _isWriterKnown = true;
            _plan!.Decode(bytes[ConfluentFraming.PrefixLength..], block, ref field);
            return true;
        }

        return TryDecodeFramed(chunk, in entry, bytes, block, ref field);
    }

    /// <summary>Whether Confluent's prefix names the same schema as in the last record, which is the usual case.</summary>
    private readonly bool IsAsBefore(in RecordEntry entry, ReadOnlySpan<byte> bytes) =>
        _isConfluent && _plan is not null && entry.HeaderCount == 0 && bytes.Length >= ConfluentFraming.PrefixLength && bytes[0] == 0
        && _planWriter.Kind == SchemaIdKind.Id && BinaryPrimitives.ReadInt32BigEndian(bytes[1..]) == _planWriter.Number;

    private bool TryDecodeFramed(RecordChunk chunk, ref readonly RecordEntry entry, ReadOnlySpan<byte> bytes, RowBlock block, ref string? field)
    {
        _isWriterKnown = false;
        RecordFrame frame = Frames.Read(_framing!, plans.Part, chunk, in entry, bytes);
        bool isNew = _plan is null || frame.Schema != _planWriter;
        _planWriter = frame.Schema;
        _isWriterKnown = true;
        if (isNew && plans.Fixed is null && !plans.TryGet(frame.Schema, out _plan))
        {
            return false;
        }

        if (frame.IsInHeader)
        {
            _plan!.DecodeBehindHeader(frame.Message, frame.Payload, block, ref field);
        }
        else
        {
            _plan!.Decode(frame.Payload, block, ref field);
        }

        return true;
    }
}
