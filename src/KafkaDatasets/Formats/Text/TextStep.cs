using System.Text;
using System.Text.Unicode;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Text;

/// <summary>The processing of one scalar that is UTF-8 text.</summary>
internal sealed class TextStep
{
    private const int ShownBytes = 32;

    private readonly DatasetColumn _column;
    private readonly ColumnTarget[] _targets;
    private readonly byte[][] _symbols;
    private readonly byte[][] _missing;
    private readonly bool _isWanted;

    /// <summary>Compiles a step.</summary>
    /// <param name="column">The column.</param>
    /// <param name="layout">The columns of the blocks.</param>
    /// <param name="missing">The texts that mean missing, in addition to empty text.</param>
    /// <exception cref="IncompatibleSchemaException">The column cannot be a label.</exception>
    public TextStep(DatasetColumn column, PartLayout layout, IReadOnlyList<string> missing)
    {
        _column = column;
        _targets = layout.Values(column.Name, column.Type);
        _isWanted = _targets.Length > 0 || layout.IsWanted(column.Name);
        _symbols = [.. (column.KeyValues ?? []).Select(Encoding.UTF8.GetBytes)];
        _missing = [.. missing.Select(Encoding.UTF8.GetBytes)];
    }

    public string Field => _column.Name;

    /// <summary>Stores the parsed text, or missing for empty text; if no column reads it, nothing is stored or checked.</summary>
    /// <exception cref="MalformedValueException">The column does not accept such values.</exception>
    public void Store(ReadOnlySpan<byte> text, RowBlock block)
    {
        if (!_isWanted)
        {
            return;
        }

        if (_column.Type is not (ColumnType.Text or ColumnType.Key))
        {
            text = text.Trim(" \t"u8); // blanks are part of a text, but not of a number or a time
        }

        if (text.IsEmpty ? MissingValues.Has(_column.Type) : _missing.Length > 0 && IsMissing(text))
        {
            StoreMissing(text, block);
            return;
        }

        switch (_column.Type)
        {
            case ColumnType.Text:
                _targets.StoreText(Utf8.IsValid(text) ? text : throw Utf8Text.Malformed(text), block);
                break;
            case ColumnType.Key:
                StoreSymbol(text, block);
                break;
            case ColumnType.Boolean:
                _targets.StoreInteger(NumberText.TryReadBoolean(text, out bool flag) ? flag ? 1 : 0 : throw Unfit(text), block);
                break;
            case ColumnType.Single:
                ExactNumber.Store(_targets, NumberText.TryReadSingle(text, out float single) ? single : NumberText.TryReadFlag(text, out double flagged) ? flagged : throw Unfit(text), text, block);
                break;
            case ColumnType.Double:
                ExactNumber.Store(_targets, NumberText.TryReadDouble(text, out double number) || NumberText.TryReadFlag(text, out number) ? number : throw Unfit(text), text, block);
                break;
            case ColumnType.UInt64:
                _targets.StoreInteger(NumberText.TryReadUnsigned(text, out ulong unsigned) ? unsigned : throw Unfit(text), block);
                break;
            case >= ColumnType.Int8 and <= ColumnType.Int64:
                _targets.StoreInteger(NumberText.TryReadInteger(text, _column.Type, out long integer) ? integer : throw Unfit(text), block);
                break;
            case ColumnType.DateTime or ColumnType.DateTimeOffset or ColumnType.TimeSpan:
                _targets.StoreTicks(TryReadTime(text, out long ticks) ? ticks : throw Unfit(text), block);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"{_column.Type} is not a type of columns.");
        }
    }

    private bool IsMissing(ReadOnlySpan<byte> text)
    {
        foreach (byte[] missing in _missing)
        {
            if (text.SequenceEqual(missing))
            {
                return true;
            }
        }

        return false;
    }

    private void StoreMissing(ReadOnlySpan<byte> text, RowBlock block)
    {
        if (!MissingValues.Has(_column.Type))
        {
            throw new MalformedValueException($"{Shown(text)} means missing, which the type {_column.Type} has no value for: declare the column as {ColumnType.Double}");
        }

        _targets.StoreMissing(block);
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

        throw new MalformedValueException($"{Shown(text)} is not one of the column's {_symbols.Length} key values");
    }

    private bool TryReadTime(ReadOnlySpan<byte> text, out long ticks)
    {
        if (_column.Unit is { } unit && TimeText.TryReadCount(text, unit, isSinceEpoch: _column.Type != ColumnType.TimeSpan, out ticks))
        {
            return true;
        }

        return _column.Type switch
        {
            ColumnType.TimeSpan => TimeText.TryReadSpan(text, out ticks),
            ColumnType.DateTimeOffset => TimeText.TryReadInstant(text, out ticks),
            _ => TimeText.TryReadLocal(text, out ticks),
        };
    }

    private MalformedValueException Unfit(ReadOnlySpan<byte> text) => new($"{Shown(text)} is not {Expected()}");

    private string Expected() => _column.Type switch
    {
        ColumnType.DateTimeOffset => TimeText.Instant,
        ColumnType.DateTime => TimeText.Local,
        _ => $"a value of type {_column.Type}",
    };

    private static string Shown(ReadOnlySpan<byte> text) => text.IsEmpty ? "an empty text" : $"'{Encoding.UTF8.GetString(text.Length > ShownBytes ? text[..ShownBytes] : text)}{(text.Length > ShownBytes ? "…" : "")}'";
}
