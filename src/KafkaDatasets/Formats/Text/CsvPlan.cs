using System.Buffers;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Text;

/// <summary>Reads one line of comma-separated fields in UTF-8 (RFC 4180), with or without a trailing line break.</summary>
/// <param name="columns">The step for each field.</param>
/// <param name="layout">The columns of the blocks.</param>
internal sealed class CsvPlan(TextStep[] columns, PartLayout layout) : PartPlan(layout)
{
    private static readonly SearchValues<byte> Delimiters = SearchValues.Create(",\"\r\n"u8);

    protected override void Read(ReadOnlySpan<byte> value, RowBlock block, ref string? field)
    {
        value = TextPlan.Begin(value, Part);
        if (value is [.., (byte)'\n'])
        {
            value = value[..^1];
            value = value is [.., (byte)'\r'] ? value[..^1] : value;
        }

        for (int i = 0; i < columns.Length; i++)
        {
            field = columns[i].Field;
            int end;
            if (value is [(byte)'"', ..])
            {
                end = StoreQuoted(columns[i], value, block);
            }
            else
            {
                end = value.IndexOfAny(Delimiters);
                end = end < 0 ? value.Length : end;
                if (end < value.Length && value[end] != (byte)',')
                {
                    throw new MalformedValueException("a field that does not begin with a quote contains a quote or a line break");
                }

                columns[i].Store(value[..end], block);
            }

            bool isLast = i == columns.Length - 1;
            if (end == value.Length)
            {
                if (!isLast)
                {
                    field = columns[i + 1].Field;
                    throw new MalformedValueException($"the {Part} ends after {i + 1} fields of {columns.Length}");
                }

                break;
            }

            if (isLast)
            {
                field = null;
                throw new MalformedValueException($"the {Part} has more than {columns.Length} fields");
            }

            value = value[(end + 1)..];
        }
    }

    /// <returns>The end of the field.</returns>
    private static int StoreQuoted(TextStep column, ReadOnlySpan<byte> value, RowBlock block)
    {
        int start = 1;
        int end = start;
        bool isDoubled = false;
        while (true)
        {
            int quote = value[end..].IndexOf((byte)'"');
            if (quote < 0)
            {
                throw new MalformedValueException("a quote is not closed");
            }

            end += quote + 1;
            if (end == value.Length || value[end] == (byte)',')
            {
                break;
            }

            if (value[end] != (byte)'"')
            {
                throw new MalformedValueException("something other than a comma follows a closing quote");
            }

            isDoubled = true;
            end++;
        }

        ReadOnlySpan<byte> text = value[start..(end - 1)];
        if (isDoubled)
        {
            StoreUndoubled(column, text, block);
        }
        else
        {
            column.Store(text, block);
        }

        return end;
    }

    private static void StoreUndoubled(TextStep column, ReadOnlySpan<byte> text, RowBlock block)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(text.Length);
        try
        {
            int length = 0;
            for (int i = 0; i < text.Length; i++)
            {
                buffer[length++] = text[i];
                i += text[i] == (byte)'"' ? 1 : 0;
            }

            column.Store(buffer.AsSpan(0, length), block);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
