using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using KafkaDatasets.Fetching;

namespace KafkaDatasets.Decoding.Avro;

/// <summary>
/// The short way for records of nothing but fixed-width fields whose bytes on the wire are those of the columns: a check and a copy or two for a row.
/// Whatever is out of the ordinary is left to the <see cref="AvroPlan"/>, which says what is wrong with it.
/// </summary>
internal sealed class VerbatimPlan
{
    private const int MagicAndId = 1 + sizeof(int);

    private readonly int _length;
    private readonly FixedCopy[] _copies;
    private readonly int _binaryLabel;

    private VerbatimPlan(AvroStep step, int binaryLabel)
    {
        _length = step.Length;
        _copies = step.Copies;
        _binaryLabel = binaryLabel;
    }

    /// <summary>A plan for the steps, or null where they are not of that kind.</summary>
    public static VerbatimPlan? For(AvroStep[] steps, IReadOnlyList<BlockColumn> layout) =>
        steps is [{ Kind: AvroStepKind.Fixed } step] && step.Copies.All(c => c.IsVerbatim)
            ? new VerbatimPlan(step, layout.Index().Where(c => c.Item.Label == LabelKind.Binary).Select(c => c.Index).FirstOrDefault(-1))
            : null;

    /// <summary>Decodes records up to the first one that is out of the ordinary.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="next">The first record.</param>
    /// <param name="end">The record to stop at.</param>
    /// <param name="block">The block, with room for them.</param>
    /// <param name="schemaId">The id that must stand before each value; null: values are bare.</param>
    /// <returns>The record that it stopped at.</returns>
    public int Decode(RecordChunk chunk, int next, int end, RowBlock block, int? schemaId)
    {
        int prefix = schemaId is null ? 0 : MagicAndId;
        int length = prefix + _length;
        int first = next;
        int row = block.Rows;
        foreach (ref readonly RecordEntry entry in chunk.Entries.AsSpan(next, end - next))
        {
            ReadOnlySpan<byte> value = chunk.Value(entry);
            if (value.Length != length || entry.HeaderCount > 0
                || (schemaId is { } id && (value[0] != 0 || BinaryPrimitives.ReadInt32BigEndian(value[1..]) != id)))
            {
                break;
            }

            foreach (ref readonly FixedCopy copy in _copies.AsSpan())
            {
                ColumnBuffer column = block.Columns[copy.Column];
                Span<byte> to = copy.Source == ElementType.Single
                    ? Unsafe.As<FixedColumn<float>>(column).SlotBytes(row, copy.Slot, copy.Length)
                    : Unsafe.As<FixedColumn<double>>(column).SlotBytes(row, copy.Slot, copy.Length);
                value.Slice(prefix + copy.Offset, copy.Length).CopyTo(to);
            }

            if (_binaryLabel >= 0 && Unsafe.As<FixedColumn<float>>(block.Columns[_binaryLabel]).Values[row] is not (0f or 1f))
            {
                break;
            }

            row++;
            next++;
        }

        block.CompleteRows(chunk, first, next - first);
        return next;
    }
}
