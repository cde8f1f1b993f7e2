using System.Globalization;
using System.Text;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Text;

/// <summary>What is done with one scalar that stands as text in UTF-8.</summary>
internal sealed class TextStep
{
    private readonly DatasetColumn _column;
    private readonly ColumnTarget[] _targets;
    private readonly byte[][] _symbols;

    /// <summary>Compiles a step.</summary>
    /// <exception cref="IncompatibleSchemaException">A label cannot be made of the column.</exception>
    public TextStep(DatasetColumn column, PartLayout layout)
    {
        _column = column;
        _targets = layout.Values(column.Name, column.Type);
        _symbols = [.. (column.KeyValues ?? []).Select(Encoding.UTF8.GetBytes)];
    }

    public string Field => _column.Name;

    /// <summary>Stores what the text says; an empty one is missing.</summary>
    public void Store(ReadOnlySpan<byte> text, RowBlock block)
    {
        if (text.IsEmpty && MissingValues.Has(_column.Type))
        {
            _targets.StoreMissing(block);
            return;
        }

        switch (_column.Type)
        {
            case ColumnType.Text:
                _targets.StoreText(text, block);
                break;
            case ColumnType.Key:
                StoreSymbol(text, block);
                break;
            case ColumnType.Boolean:
                _targets.StoreInteger(Boolean(text), block);
                break;
            case ColumnType.Single:
                _targets.StoreNumber(float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float single) && IsMeant(single, text) ? single : Infinity(text), block);
                break;
            case ColumnType.Double:
                _targets.StoreNumber(double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && IsMeant(number, text) ? number : Infinity(text), block);
                break;
            case ColumnType.UInt64:
                _targets.StoreInteger(ulong.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out ulong unsigned) ? unsigned : throw Unfit(text), block);
                break;
            case ColumnType.DateTime:
                _targets.StoreTicks(Time(text).DateTime.Ticks, block);
                break;
            case ColumnType.DateTimeOffset:
                _targets.StoreTicks(Time(text).UtcTicks, block);
                break;
            case ColumnType.TimeSpan:
                _targets.StoreTicks(TimeText.TryReadSpan(text, out long ticks) ? ticks : throw Unfit(text), block);
                break;
            default:
                _targets.StoreInteger(Integer(text), block);
                break;
        }
    }

    private void StoreSymbol(ReadOnlySpan<byte> text, RowBlock block)
    {
        for (int i = 0; i < _symbols.Length; i++)
        {
            if (text.SequenceEqual(_symbols[i]))
            {
                _targets.StoreSymbol(i, text, block);
                return;
            }
        }

        throw new MalformedValueException($"{Shown(text)} is none of the column's {_symbols.Length} key values");
    }

    private long Boolean(ReadOnlySpan<byte> text) =>
        text is [(byte)'1'] || Ascii.EqualsIgnoreCase(text, "true"u8) ? 1
        : text is [(byte)'0'] || Ascii.EqualsIgnoreCase(text, "false"u8) ? 0
        : throw Unfit(text);

    private long Integer(ReadOnlySpan<byte> text)
    {
        bool isInteger = long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long value);
        return isInteger && IntegerRange.Contains(_column.Type, value) ? value : throw Unfit(text);
    }

    /// <summary>Whether a number is infinite only where the text says so.</summary>
    private static bool IsMeant(double value, ReadOnlySpan<byte> text) => double.IsFinite(value) || !text.ContainsAnyInRange((byte)'0', (byte)'9');

    /// <summary>Infinity as C, Python and their libraries write it.</summary>
    private double Infinity(ReadOnlySpan<byte> text) =>
        Ascii.EqualsIgnoreCase(text, "inf"u8) || Ascii.EqualsIgnoreCase(text, "+inf"u8) ? double.PositiveInfinity
        : Ascii.EqualsIgnoreCase(text, "-inf"u8) ? double.NegativeInfinity
        : throw Unfit(text);

    /// <summary>A date, or a date and time, of ISO 8601; where there is no offset it is in UTC.</summary>
    private DateTimeOffset Time(ReadOnlySpan<byte> text)
    {
        Span<char> characters = stackalloc char[40];
        return text.Length <= characters.Length
            && Ascii.ToUtf16(text, characters, out int length) == System.Buffers.OperationStatus.Done
            && DateTimeOffset.TryParse(characters[..length], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw Unfit(text);
    }

    private MalformedValueException Unfit(ReadOnlySpan<byte> text) => new($"{Shown(text)} is no value of type {_column.Type}");

    private static string Shown(ReadOnlySpan<byte> text) => text.IsEmpty ? "nothing" : $"'{Encoding.UTF8.GetString(text.Length > 32 ? text[..32] : text)}{(text.Length > 32 ? "…" : "")}'";
}
