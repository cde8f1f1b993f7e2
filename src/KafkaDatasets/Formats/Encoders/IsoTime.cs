using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Encoders;

/// <summary>Writes dates and times as ISO 8601, whole seconds without a fraction, and time spans in .NET's constant format (<c>1.02:03:04.5000000</c>).</summary>
internal static class IsoTime
{
    public static void Write(ValueBuffer buffer, DateOnly value) => buffer.WriteFormatted(value, "yyyy-MM-dd");

    public static void Write(ValueBuffer buffer, DateTime value) => buffer.WriteFormatted(value, value.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-ddTHH:mm:ss" : "yyyy-MM-ddTHH:mm:ss.fffffff");

    public static void Write(ValueBuffer buffer, DateTimeOffset value)
    {
        Write(buffer, value.UtcDateTime);
        buffer.WriteByte((byte)'Z');
    }

    public static void Write(ValueBuffer buffer, TimeSpan value) => buffer.WriteFormatted(value, "c");
}
