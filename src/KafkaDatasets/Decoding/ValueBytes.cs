using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Writes the bytes that represent a decoded value in hashes and digests: identical for equal values, whatever their format and column type.</summary>
/// <remarks>Each value begins with a tag; integers of every type compare as equal, and an enum's symbol equals its text.</remarks>
internal static class ValueBytes
{
    private const byte Missing = 0;
    private const byte Integer = 1;
    private const byte LargeInteger = 2;
    private const byte Fraction = 3;
    private const byte Text = 4;
    private const byte Time = 5;
    private const byte List = 6;
    private const byte Position = 7;

    /// <summary>Writes the value of a column in a row.</summary>
    /// <param name="output">The output.</param>
    /// <param name="column">The column.</param>
    /// <param name="field">The definition of the column.</param>
    /// <param name="row">The row.</param>
    /// <returns>False when the value is missing, NaN or empty text; otherwise true.</returns>
    public static bool Write(ArrayBufferWriter<byte> output, ColumnBuffer column, DatasetColumn field, int row)
    {
        switch (column)
        {
            case RaggedColumn ragged:
                (int start, int length) = ragged.Row(row).GetOffsetAndLength(int.MaxValue);
                WriteTagged(output, List, length);
                for (int i = 0; i < length; i++)
                {
                    WriteSlot(output, ragged.Items, field, start + i);
                }

                return true;
            case var _ when field.IsVector:
                WriteTagged(output, List, field.Size);
                for (int i = 0; i < field.Size; i++)
                {
                    WriteSlot(output, column, field, (row * field.Size) + i);
                }

                return true;
            default:
                return WriteSlot(output, column, field, row);
        }
    }

    /// <summary>Writes the position of a record, for rows without a value.</summary>
    public static void WritePosition(ArrayBufferWriter<byte> output, int partition, long offset)
    {
        WriteTagged(output, Position, partition);
        WriteTagged(output, Position, offset);
    }

    private static bool WriteSlot(ArrayBufferWriter<byte> output, ColumnBuffer column, DatasetColumn field, int slot) => column switch
    {
        TextColumn texts => WriteText(output, texts.Text(slot)),
        FixedColumn<uint> keys when column.Type == ColumnType.Key => keys.Values[slot] == 0 ? WriteMissing(output) : WriteText(output, Encoding.UTF8.GetBytes(field.KeyValues![(int)keys.Values[slot] - 1])),
        FixedColumn<bool> flags => WriteTagged(output, Integer, flags.Values[slot] ? 1 : 0),
        FixedColumn<sbyte> values => WriteTagged(output, Integer, values.Values[slot]),
        FixedColumn<byte> values => WriteTagged(output, Integer, values.Values[slot]),
        FixedColumn<short> values => WriteTagged(output, Integer, values.Values[slot]),
        FixedColumn<ushort> values => WriteTagged(output, Integer, values.Values[slot]),
        FixedColumn<int> values => WriteTagged(output, Integer, values.Values[slot]),
        FixedColumn<uint> values => WriteTagged(output, Integer, values.Values[slot]),
        FixedColumn<long> values => WriteTagged(output, Integer, values.Values[slot]),
        FixedColumn<ulong> values => WriteTagged(output, values.Values[slot] > long.MaxValue ? LargeInteger : Integer, (long)values.Values[slot]),
        FixedColumn<float> values => WriteDouble(output, values.Values[slot]),
        FixedColumn<double> values => WriteDouble(output, values.Values[slot]),
        FixedColumn<DateTime> values => WriteTicks(output, values.Values[slot].Ticks, DateTime.MinValue.Ticks),
        FixedColumn<DateTimeOffset> values => WriteTicks(output, values.Values[slot].UtcTicks, DateTimeOffset.MinValue.UtcTicks),
        FixedColumn<TimeSpan> values => WriteTicks(output, values.Values[slot].Ticks, TimeSpan.MinValue.Ticks),
        _ => throw new UnreachableException($"column {column.GetType()}"),
    };

    private static bool WriteDouble(ArrayBufferWriter<byte> output, double value)
        => double.IsNaN(value) ? WriteMissing(output)
            : value == Math.Floor(value) && value is >= -9223372036854775808.0 and < 9223372036854775808.0 ? WriteTagged(output, Integer, (long)value)
            : value == Math.Floor(value) && value is >= 9223372036854775808.0 and < 18446744073709551616.0 ? WriteTagged(output, LargeInteger, (long)(ulong)value)
            : WriteTagged(output, Fraction, BitConverter.DoubleToInt64Bits(value));

    private static bool WriteTicks(ArrayBufferWriter<byte> output, long ticks, long missing) => ticks == missing ? WriteMissing(output) : WriteTagged(output, Time, ticks);

    private static bool WriteText(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return WriteMissing(output);
        }

        WriteTagged(output, Text, utf8.Length);
        output.Write(utf8);
        return true;
    }

    private static bool WriteMissing(ArrayBufferWriter<byte> output)
    {
        output.GetSpan(1)[0] = Missing;
        output.Advance(1);
        return false;
    }

    private static bool WriteTagged(ArrayBufferWriter<byte> output, byte tag, long number)
    {
        Span<byte> span = output.GetSpan(1 + sizeof(long));
        span[0] = tag;
        BinaryPrimitives.WriteInt64LittleEndian(span[1..], number);
        output.Advance(1 + sizeof(long));
        return true;
    }
}
