using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>Decodes one part of successive records, and caches the plan for the last record's writer schema.</summary>
internal struct PartCursor
{
    private readonly PartPlans _plans;
    private readonly RecordFraming? _framing;
    private readonly bool _isConfluent;
    private PartPlan? _plan;
    private WriterSchemaId _planWriter;
    private byte[]? _planHeader;
    private bool _isWriterKnown;

    /// <summary>Begins with the plan that was used last.</summary>
    /// <param name="plans">The decode plans.</param>
    public PartCursor(PartPlans plans)
    {
        _plans = plans;
        _framing = plans.Framing;
        _isConfluent = plans.Framing is ConfluentFraming;
        _plan = plans.Fixed;
        if (plans.Last is { } last)
        {
            (_plan, _planWriter, _planHeader) = (last.Plan, last.Writer, last.Header);
        }
    }

    /// <summary>The fast path for the next records, or null.</summary>
    public readonly BulkPlan? Bulk =>
        _framing is null ? _plan?.Bulk
        : !_isConfluent || (_planHeader is null && _planWriter.Kind != SchemaIdKind.Id) || (_planHeader is not null && _plan?.Bulk?.CanFollowHeader != true) ? null
        : _plan?.Bulk;

    /// <summary>How a part must be framed on the fast path.</summary>
    public readonly BulkFrame BulkFrame =>
        _framing is null ? BulkFrame.None
        : _planHeader is { } header ? BulkFrame.OfHeader(_plans.Part, header)
        : BulkFrame.OfId(_plans.Part, (int)_planWriter.Number);

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
        RecordFrame frame = Frames.Read(_framing!, _plans.Part, chunk, in entry, bytes);
        bool isNew = _plan is null || frame.Schema != _planWriter;
        _planWriter = frame.Schema;
        _isWriterKnown = true;
        if (isNew && _plans.Fixed is null && !_plans.TryGet(frame.Schema, out _plan))
        {
            return false;
        }

        bool isHeaderOnly = frame.IsInHeader && frame.Message.IsEmpty;
        if (_isConfluent && (isNew || isHeaderOnly != _planHeader is not null))
        {
            _planHeader = isHeaderOnly && RecordHeaders.TryFind(chunk, in entry, _plans.Part.SchemaHeaderBytes, out ReadOnlySpan<byte> header) ? header.ToArray() : null;
            _plans.Last = new PlanInUse(_plan!, frame.Schema, _planHeader);
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
