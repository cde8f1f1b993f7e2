using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Text;

/// <summary>Reads one scalar from text.</summary>
internal sealed class TextPlan(TextStep column, PartLayout layout) : PartPlan(layout)
{
    protected override void Read(ReadOnlySpan<byte> value, RowBlock block, ref string? field)
    {
        field = column.Field;
        column.Store(value.StartsWith("\ufeff"u8) ? value["\ufeff"u8.Length..] : value, block);
    }
}
