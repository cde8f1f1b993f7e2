using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Adds records' keys and headers to the rows that another decoder, of any format, reads from their values.</summary>
internal sealed class RecordPartsDecoder : IRowDecoder
{
    private readonly IRowDecoder _values;
    private readonly (int Column, DatasetColumn Field, byte[] Header)[] _parts;

    private RecordPartsDecoder(IRowDecoder values, (int Column, DatasetColumn Field, byte[] Header)[] parts)
    {
        _values = values;
        _parts = parts;
    }

    public IReadOnlyList<BlockColumn> Layout => _values.Layout;

    /// <summary>Wraps a decoder, or returns it unchanged when no keys or headers are wanted.</summary>
    public static IRowDecoder Around(IRowDecoder values)
    {
        (int, DatasetColumn, byte[])[] parts =
        [
            .. from column in values.Layout.Index()
               let field = column.Item.Fields[0]
               where field.Part is RecordPart.Key or RecordPart.Header
               select (column.Index, field, System.Text.Encoding.UTF8.GetBytes(field.Header ?? "")),
        ];
        return parts.Length == 0 ? values : new RecordPartsDecoder(values, parts);
    }

    public void ThrowIfNothingDecoded() => _values.ThrowIfNothingDecoded();

    public async ValueTask DecodeAsync(RecordChunk chunk, int start, int count, RowBlock block, CancellationToken cancellationToken)
    {
        int row = block.Rows;
        await _values.DecodeAsync(chunk, start, count, block, cancellationToken).ConfigureAwait(false);
        for (int next = start; row < block.Rows; next++)
        {
            if (chunk.Entries[next].Offset == block.Offsets[row]) // others were skipped
            {
                Fill(chunk, next, block, row++);
            }
        }
    }

    private void Fill(RecordChunk chunk, int index, RowBlock block, int row)
    {
        ref readonly RecordEntry entry = ref chunk.Entries[index];
        foreach ((int column, DatasetColumn field, byte[] header) in _parts)
        {
            ReadOnlySpan<byte> bytes = field.Part == RecordPart.Key
                ? entry.KeyLength < 0 ? default : chunk.Bytes.AsSpan(entry.KeyStart, entry.KeyLength)
                : RecordHeaders.TryFind(chunk, entry, header, out ReadOnlySpan<byte> value) ? value : default;
            ColumnBuffer buffer = block.Columns[column];
            if (field.Type == ColumnType.Boolean)
            {
                buffer.SetNumber(row, 0, entry.KeyLength < 0 ? 0L : 1L);
            }
            else if (field.IsVector)
            {
                buffer.BeginList(row, 0, 0);
                bytes.CopyTo(buffer.NextItems(bytes.Length));
                buffer.EndList(row);
            }
            else
            {
                buffer.SetText(row, 0, bytes);
            }
        }
    }
}
