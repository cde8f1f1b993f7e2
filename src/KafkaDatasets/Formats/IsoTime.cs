using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats;

/// <summary>Dates and times as text: ISO 8601, what stands for nothing cut off the fractions of seconds; spans of time as .NET writes them (<c>1.02:03:04.5</c>).</summary>
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
