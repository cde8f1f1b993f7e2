using System.Buffers;
using System.Buffers.Text;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats;

/// <summary>Reads decimals as Kafka Connect and Debezium write them in JSON (base64 of the unscaled integer, big-endian in two's complement) .</summary>
internal static class Base64Decimal
{
    private const int MaxLength = 1400;

    /// <summary>Stores a decimal as the nearest number, and exactly in integer tensors.</summary>
    /// <param name="text">The base64 text.</param>
    /// <param name="scale">The number of digits after the decimal point; if negative, the number of zeros after the digits.</param>
    /// <param name="targets">The columns.</param>
    /// <param name="block">The block.</param>
    /// <returns>False when it is not base64, or is longer than any realistic number.</returns>
    /// <exception cref="MalformedValueException">It has too many digits.</exception>
    public static bool TryStore(ReadOnlySpan<byte> text, int scale, ColumnTarget[] targets, RowBlock block)
    {
        Span<byte> unscaled = stackalloc byte[Base64.GetMaxDecodedFromUtf8Length(MaxLength)];
        if (text.IsEmpty || text.Length > MaxLength || Base64.DecodeFromUtf8(text, unscaled, out _, out int length) != OperationStatus.Done || length == 0)
        {
            return false;
        }

        ExactNumber.Store(targets, AvroDecimal.ToDouble(unscaled[..length], scale), unscaled[..length], scale, block);
        return true;
    }
}
