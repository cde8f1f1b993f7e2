using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Text;

/// <summary>Reads one scalar from text.</summary>
internal sealed class TextPlan(TextStep column, PartLayout layout) : PartPlan(layout)
{
    /// <summary>Some writers begin every text with it.</summary>
    private static ReadOnlySpan<byte> ByteOrderMark => "\ufeff"u8;

    /// <summary>Returns a text without its byte order mark.</summary>
    /// <param name="value">The bytes.</param>
    /// <param name="part">What they are, for messages.</param>
    /// <exception cref="MalformedValueException">The bytes are no text: those of a frame, or of a number, would otherwise be read as characters.</exception>
    public static ReadOnlySpan<byte> Begin(ReadOnlySpan<byte> value, DataPart part) =>
        value is [0, ..] ? throw new MalformedValueException($"the {part} begins with the byte 0x00, with which no text begins")
        : value.StartsWith(ByteOrderMark) ? value[ByteOrderMark.Length..]
        : value;

    protected override void Read(ReadOnlySpan<byte> value, RowBlock block, ref string? field)
    {
        value = Begin(value, Part);
        field = column.Field;
        column.Store(value, block);
    }
}
