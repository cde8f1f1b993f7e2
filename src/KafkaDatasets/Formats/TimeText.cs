using System.Buffers.Text;

namespace KafkaDatasets.Formats;

/// <summary>Times of day and spans of time that stand as text in UTF-8, in ticks; what is finer than a tick is cut off.</summary>
internal static class TimeText
{
    private const int FractionDigits = 7;
    private const int MaxDigits = 18;
    private const int FirstOfTime = 2;
    private const int Seconds = 4;

    private static readonly long[] TicksOf = [7 * TimeSpan.TicksPerDay, TimeSpan.TicksPerDay, TimeSpan.TicksPerHour, TimeSpan.TicksPerMinute, TimeSpan.TicksPerSecond];

    private static ReadOnlySpan<byte> Designators => "WDHMS"u8;

    /// <summary>A time of day: RFC 3339's partial-time, or full-time, which is brought to UTC.</summary>
    public static bool TryReadTimeOfDay(ReadOnlySpan<byte> text, out long ticks)
    {
        if (!TryReadClock(ref text, out ticks))
        {
            return false;
        }

        if (text.IsEmpty || text is [(byte)'Z' or (byte)'z'])
        {
            return true;
        }

        if (text is not [(byte)'+' or (byte)'-', _, _, (byte)':', _, _]
            || !TryReadTwoDigits(text[1..], 23, out int hours) || !TryReadTwoDigits(text[4..], 59, out int minutes))
        {
            return false;
        }

        long offset = (hours * TimeSpan.TicksPerHour) + (minutes * TimeSpan.TicksPerMinute);
        ticks = (ticks + (text[0] == '-' ? offset : TimeSpan.TicksPerDay - offset)) % TimeSpan.TicksPerDay;
        return true;
    }

    /// <summary>A span of time: a duration of ISO 8601 without years and months (<c>P1DT2H3M4.5S</c>), or .NET's constant form (<c>1.02:03:04.5</c>); a minus sign before it makes it negative.</summary>
    public static bool TryReadSpan(ReadOnlySpan<byte> text, out long ticks)
    {
        bool isNegative = text is [(byte)'-', ..];
        text = isNegative ? text[1..] : text;
        bool isRead = text is [(byte)'P', ..] ? TryReadDuration(text[1..], out Int128 span) : TryReadConstant(text, out span);
        span = isNegative ? -span : span;
        isRead &= span >= long.MinValue && span <= long.MaxValue;
        ticks = isRead ? (long)span : 0;
        return isRead;
    }

    private static bool TryReadDuration(ReadOnlySpan<byte> text, out Int128 span)
    {
        span = 0;
        bool isTime = false;
        int last = -1;
        while (!text.IsEmpty)
        {
            if (!isTime && text[0] == 'T')
            {
                isTime = true;
                text = text[1..];
            }

            if (!TryReadNumber(ref text, out long number) || !TryReadFraction(ref text, out long? fraction) || text.IsEmpty)
            {
                return false;
            }

            int unit = Designators.IndexOf(text[0]);
            if (unit <= last || unit >= FirstOfTime != isTime || (fraction is not null && unit != Seconds))
            {
                return false;
            }

            span += ((Int128)number * TicksOf[unit]) + (fraction ?? 0);
            last = unit;
            text = text[1..];
        }

        return last >= 0;
    }

    private static bool TryReadConstant(ReadOnlySpan<byte> text, out Int128 span)
    {
        span = 0;
        long days = 0;
        if (text.IndexOf((byte)':') > 2)
        {
            if (!TryReadNumber(ref text, out days) || text is not [(byte)'.', ..])
            {
                return false;
            }

            text = text[1..];
        }

        bool isRead = TryReadClock(ref text, out long clock) && text.IsEmpty;
        span = ((Int128)days * TimeSpan.TicksPerDay) + clock;
        return isRead;
    }

    /// <summary>Hours, minutes and seconds, and what they have behind the point.</summary>
    private static bool TryReadClock(ref ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text is not [_, _, (byte)':', _, _, (byte)':', _, _, ..]
            || !TryReadTwoDigits(text, 23, out int hours) || !TryReadTwoDigits(text[3..], 59, out int minutes) || !TryReadTwoDigits(text[6..], 59, out int seconds))
        {
            return false;
        }

        text = text[8..];
        if (!TryReadFraction(ref text, out long? fraction))
        {
            return false;
        }

        ticks = (hours * TimeSpan.TicksPerHour) + (minutes * TimeSpan.TicksPerMinute) + (seconds * TimeSpan.TicksPerSecond) + (fraction ?? 0);
        return true;
    }

    private static bool TryReadTwoDigits(ReadOnlySpan<byte> text, int most, out int value)
    {
        value = ((text[0] - '0') * 10) + text[1] - '0';
        return char.IsAsciiDigit((char)text[0]) && char.IsAsciiDigit((char)text[1]) && value <= most;
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> text, out long number)
    {
        int length = CountDigits(text);
        bool isRead = length <= MaxDigits & Utf8Parser.TryParse(text[..length], out number, out _);
        text = text[length..];
        return isRead;
    }

    /// <summary>The ticks that stand behind a point, null where there is none.</summary>
    private static bool TryReadFraction(ref ReadOnlySpan<byte> text, out long? ticks)
    {
        ticks = null;
        if (text is not [(byte)'.', ..])
        {
            return true;
        }

        int length = CountDigits(text[1..]);
        long fraction = 0;
        for (int i = 1; i <= FractionDigits; i++)
        {
            fraction = (fraction * 10) + (i <= length ? text[i] - '0' : 0);
        }

        ticks = fraction;
        text = text[(length + 1)..];
        return length > 0;
    }

    private static int CountDigits(ReadOnlySpan<byte> text) => text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is >= 0 and var end ? end : text.Length;
}
