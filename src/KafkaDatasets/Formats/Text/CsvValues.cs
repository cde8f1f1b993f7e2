using System.Buffers;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Text;

/// <summary>Writes the fields as comma-separated text (RFC 4180), with a column for every item of a list and every field of a nested record; null is empty text.</summary>
internal sealed class CsvValues : ValueFormat
{
    /// <summary>What readers take for a byte order mark at the start of a record.</summary>
    private const char Mark = '\uFEFF';

    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    private readonly TextScalars _scalars = new(WriteText);

    public override FormatTraits Traits { get; } = new("CSV");

    public override void Close(ValueBuffer buffer) => buffer.DropLast();

    public override Action<ValueBuffer, TValue> Field<TValue>(RowField field, string path) => Followed(field.Type, Value<TValue>(field.Type, path));

    protected override Action<ValueBuffer> None(FieldType type, string path) => type is ListType or RecordShape ? _ => throw NoValue(path) : static _ => { };

    protected override Delegate Scalar(ScalarType type, string path) => _scalars.Of(type);

    protected override Action<ValueBuffer, int> Symbol(EnumType type) => (buffer, ordinal) => WriteText(buffer, type.Symbols[ordinal]);

    protected override Action<ValueBuffer, TSource> List<TSource, TItem>(FieldType item, ItemSource<TSource, TItem> items, string path)
    {
        Action<ValueBuffer, TItem> write = Followed(item, Value<TItem>(item, path));
        return (buffer, source) => items.WriteEach(buffer, source, write);
    }

    protected override Action<ValueBuffer, TSource> Map<TSource, TItem>(FieldType value, ItemSource<TSource, KeyValuePair<string, TItem>> items, string path)
        => throw DoesNotFit<TSource>(new MapType(value), path);

    private static Action<ValueBuffer, TValue> Followed<TValue>(FieldType type, Action<ValueBuffer, TValue> write) => type is ListType
        ? write
        : (buffer, value) =>
        {
            write(buffer, value);
            buffer.WriteByte((byte)',');
        };

    private static void WriteText(ValueBuffer buffer, ReadOnlySpan<char> text)
    {
        if (!text.ContainsAny(Special) && !text.StartsWith(Mark))
        {
            buffer.WriteUtf8(text);
            return;
        }

        buffer.WriteByte((byte)'"');
        while (text.IndexOf('"') is >= 0 and var at)
        {
            buffer.WriteUtf8(text[..(at + 1)]);
            buffer.WriteByte((byte)'"');
            text = text[(at + 1)..];
        }

        buffer.WriteUtf8(text);
        buffer.WriteByte((byte)'"');
    }
}
