using System.Diagnostics;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Encoders;

/// <summary>Encodes scalars as text: numbers in the shortest form that round-trips, Booleans as 1 and 0, bytes as base64.</summary>
/// <param name="writeText">How text is written, for example quoted.</param>
internal sealed class TextScalars(TextScalars.TextWriter writeText)
{
    public delegate void TextWriter(ValueBuffer buffer, ReadOnlySpan<char> text);

    public Delegate Of(ScalarType type) => type.Kind switch
    {
        ScalarKind.Boolean => (Action<ValueBuffer, bool>)(static (buffer, value) => buffer.WriteByte(value ? (byte)'1' : (byte)'0')),
        ScalarKind.Int32 or ScalarKind.UInt32 or ScalarKind.Int64 => Formatted<long>(),
        ScalarKind.UInt64 => Formatted<ulong>(),
        ScalarKind.Single => Formatted<float>(),
        ScalarKind.Double => Formatted<double>(),
        ScalarKind.Decimal => Formatted<decimal>(),
        ScalarKind.Uuid => Formatted<Guid>(),
        ScalarKind.Bytes => (Action<ValueBuffer, ReadOnlyMemory<byte>>)((buffer, value) => writeText(buffer, Convert.ToBase64String(value.Span))),
        ScalarKind.Text => (Action<ValueBuffer, ReadOnlyMemory<char>>)((buffer, value) => writeText(buffer, value.Span)),
        ScalarKind.Date => (Action<ValueBuffer, DateOnly>)IsoTime.Write,
        ScalarKind.Time or ScalarKind.TimeSpan => (Action<ValueBuffer, TimeSpan>)IsoTime.Write,
        ScalarKind.Timestamp => (Action<ValueBuffer, DateTimeOffset>)IsoTime.Write,
        ScalarKind.LocalTimestamp => (Action<ValueBuffer, DateTime>)IsoTime.Write,
        _ => throw new UnreachableException(),
    };

    private static Action<ValueBuffer, TValue> Formatted<TValue>()
        where TValue : IUtf8SpanFormattable
        => static (buffer, value) => buffer.WriteFormatted(value);
}
