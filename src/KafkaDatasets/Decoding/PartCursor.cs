using System.Runtime.CompilerServices;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Decodes one part of records one after another, with the plan of the last one's writer at hand.</summary>
/// <param name="plans">The decode plans.</param>
internal struct PartCursor(PartPlans plans)
{
    private readonly bool _isFramed = plans.Bare is null;
    private PartPlan? _plan = plans.Bare;
    private WriterId _planWriter;

    /// <summary>The fast path for the next records, or null.</summary>
    public readonly BulkPlan? Bulk => _planWriter.Guid is null ? _plan?.Bulk : null;

    /// <summary>The id that must precede a part on the fast path; null: parts are not framed.</summary>
    public readonly int? BulkId => _isFramed ? _planWriter.Id : null;

    /// <summary>Writes the part's columns at the block's next row.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="entry">The record.</param>
    /// <param name="bytes">The part, which is there.</param>
    /// <param name="block">The block, with room for the row.</param>
    /// <param name="field">The field that was being read when an exception is thrown.</param>
    /// <param name="writer">The record's writer, once it is known.</param>
    /// <returns>False: there is no plan yet for that writer.</returns>
    /// <exception cref="MalformedValueException">The part is not of its schema.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryDecode(RecordChunk chunk, in RecordEntry entry, ReadOnlySpan<byte> bytes, RowBlock block, ref string? field, ref WriterId? writer)
    {
        if (!_isFramed)
        {
            _plan!.Decode(bytes, block, ref field);
            return true;
        }

        int length = bytes.Length;
        WriterId read = WriterId.Read(plans.Part, chunk, entry, ref bytes, out ReadOnlySpan<byte> rest);
        writer = read;
        if (_plan is null || read.Id != _planWriter.Id || read.Guid != _planWriter.Guid)
        {
            if (!plans.TryGet(read, out _plan))
            {
                return false;
            }

            _planWriter = read;
        }

        if (bytes.Length == length)
        {
            _plan.DecodeBehindHeader(rest, bytes, block, ref field);
        }
        else
        {
            _plan.Decode(bytes, block, ref field);
        }

        return true;
    }
}
