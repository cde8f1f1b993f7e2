using System.Buffers.Text;
using System.Globalization;

namespace KafkaDatasets.Formats;

/// <summary>Parses dates, times and time spans from UTF-8 text (common forms of ISO 8601) to ticks of 100 ns; finer fractions are truncated.</summary>
internal static class TimeText
{
    /// <summary>What <see cref="TryReadInstant"/> reads, for messages.</summary>
    public const string Instant = "a date and time of ISO 8601 (2026-11-24T01:02:03Z)";

    /// <summary>What <see cref="TryReadLocal"/> reads, for messages.</summary>
    public const string Local = $"a date and time of ISO 8601 without an offset (2026-11-24T01:02:03; a column of type {nameof(ColumnType.DateTimeOffset)} has offsets)";

    private const int FractionDigits = 7;
    private const int MaxDigits = 18;
    private const int FirstOfTime = 2;
    private const int Seconds = 4;
    private const int MaxOffsetHours = 23;

    private static readonly long[] TicksOf = [7 * TimeSpan.TicksPerDay, TimeSpan.TicksPerDay, TimeSpan.TicksPerHour, TimeSpan.TicksPerMinute, TimeSpan.TicksPerSecond];

    private static ReadOnlySpan<byte> Designators => "WDHMS"u8;

    /// <summary>
    /// Reads a date, or a date and time separated by <c>T</c>, <c>t</c> or a space; seconds and their fraction (after a point or comma) are optional;
    /// the offset is <c>Z</c>, <c>+02:00</c>, <c>+0200</c>, <c>+02</c> or absent; a zone name in brackets after it is ignored.
    /// </summary>
    /// <remarks>Both parts are in the extended form (<c>2026-11-24</c>) or both in the basic one (<c>20261124T010203</c>).</remarks>
    /// <param name="text">The text.</param>
    /// <param name="ticks">The date and time as written, in ticks since 0001-01-01.</param>
    /// <param name="offset">The offset from UTC in ticks, positive when ahead of it; null when absent.</param>
    /// <param name="hasTime">Whether it has a time of day.</param>
    public static bool TryReadDateTime(ReadOnlySpan<byte> text, out long ticks, out long? offset, out bool hasTime)
    {
        offset = null;
        hasTime = false;
        if (!TryReadDate(ref text, out ticks, out bool isBasic) || text.IsEmpty)
        {
            return text.IsEmpty && ticks >= 0;
        }

        if (text[0] is not ((byte)'T' or (byte)'t' or (byte)' '))
        {
            return false;
        }

        text = text[1..];
        hasTime = true;
        bool isRead = TryReadClock(ref text, out long clock, isBasic) && TryReadOffset(ref text, out offset);
        if (isRead && offset is not null && text is [(byte)'[', .., (byte)']'])
        {
            text = default;
        }

        ticks += clock;
        return isRead && text.IsEmpty;
    }

    /// <summary>Reads a point in time in UTC ticks; text without an offset is taken as UTC.</summary>
    public static bool TryReadInstant(ReadOnlySpan<byte> text, out long ticks)
    {
        bool isRead = TryReadDateTime(text, out ticks, out long? offset, out _);
        ticks -= offset ?? 0;
        return isRead && ticks >= 0 && ticks <= DateTime.MaxValue.Ticks;
    }

    /// <summary>Reads a date and time without an offset in ticks since 0001-01-01; text with an offset does not fit.</summary>
    public static bool TryReadLocal(ReadOnlySpan<byte> text, out long ticks) => TryReadDateTime(text, out ticks, out long? offset, out _) && offset is null;

    /// <summary>Reads a time of day; one with an offset is converted to UTC.</summary>
    public static bool TryReadTimeOfDay(ReadOnlySpan<byte> text, out long ticks)
    {
        if (!TryReadClock(ref text, out ticks) || !TryReadOffset(ref text, out long? offset) || !text.IsEmpty)
        {
            return false;
        }

        ticks = (ticks - (offset ?? 0) + TimeSpan.TicksPerDay) % TimeSpan.TicksPerDay;
        return true;
    }

    /// <summary>Reads a time span: an ISO 8601 duration without years and months (<c>P1DT2H3M4.5S</c>), or .NET's constant form (<c>1.02:03:04.5</c>); a leading minus sign makes it negative.</summary>
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

    /// <summary>Reads a number of units, with or without a fraction.</summary>
    /// <param name="text">The number.</param>
    /// <param name="unit">The unit.</param>
    /// <param name="isSinceEpoch">Whether it counts from 1970-01-01, so that the result is in ticks since 0001-01-01.</param>
    /// <param name="ticks">The ticks.</param>
    public static bool TryReadCount(ReadOnlySpan<byte> text, TimeUnit unit, bool isSinceEpoch, out long ticks)
    {
        ticks = 0;
        Int128 value;
        if (FastNumber.TryRead(text, out FastNumber number) && number.IsInteger && number.Length == text.Length)
        {
            value = unit == TimeUnit.Nanosecond ? FloorDivide(number.Integer, TimeSpan.NanosecondsPerTick) : (Int128)number.Integer * TicksPer(unit);
        }
        else if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal count) && (unit == TimeUnit.Nanosecond || Math.Abs(count) < decimal.MaxValue / TicksPer(unit)))
        {
            value = (Int128)decimal.Floor(unit == TimeUnit.Nanosecond ? count / TimeSpan.NanosecondsPerTick : count * TicksPer(unit));
        }
        else
        {
            return false;
        }

        value += isSinceEpoch ? DateTime.UnixEpoch.Ticks : 0;
        bool isInRange = isSinceEpoch ? value >= 0 && value <= DateTime.MaxValue.Ticks : value >= long.MinValue && value <= long.MaxValue;
        ticks = isInRange ? (long)value : 0;
        return isInRange;
    }

    private static long FloorDivide(long value, long divisor) => (value / divisor) - (value % divisor < 0 ? 1 : 0);

    private static long TicksPer(TimeUnit unit) => unit switch
    {
        TimeUnit.Day => TimeSpan.TicksPerDay,
        TimeUnit.Second => TimeSpan.TicksPerSecond,
        TimeUnit.Millisecond => TimeSpan.TicksPerMillisecond,
        TimeUnit.Microsecond => TimeSpan.TicksPerMicrosecond,
        _ => throw new System.Diagnostics.UnreachableException($"A tick is no multiple of a {unit}."),
    };

    private static bool TryReadDate(ref ReadOnlySpan<byte> text, out long ticks, out bool isBasic)
    {
        ticks = -1;
        isBasic = text.Length >= 8 && CountDigits(text[..8]) == 8;
        if (!isBasic && text is not [_, _, _, _, (byte)'-', _, _, (byte)'-', _, _, ..])
        {
            return false;
        }

        ReadOnlySpan<byte> month = text[(isBasic ? 4 : 5)..];
        ReadOnlySpan<byte> day = text[(isBasic ? 6 : 8)..];
        if (!TryReadTwoDigits(text, 99, out int century) || !TryReadTwoDigits(text[2..], 99, out int year)
            || !TryReadTwoDigits(month, 12, out int months) || !TryReadTwoDigits(day, 31, out int days))
        {
            return false;
        }

        year += 100 * century;
        if (year == 0 || months == 0 || days == 0 || days > DateTime.DaysInMonth(year, months))
        {
            return false;
        }

        text = text[(isBasic ? 8 : 10)..];
        ticks = new DateTime(year, months, days).Ticks;
        return true;
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

    /// <summary>Reads hours and minutes and, if present, seconds and their fraction.</summary>
    private static bool TryReadClock(ref ReadOnlySpan<byte> text, out long ticks, bool isBasic = false)
    {
        ticks = 0;
        int step = isBasic ? 2 : 3;
        if (text.Length < step + 2 || (!isBasic && text[2] != ':') || !TryReadTwoDigits(text, 23, out int hours) || !TryReadTwoDigits(text[step..], 59, out int minutes))
        {
            return false;
        }

        ticks = (hours * TimeSpan.TicksPerHour) + (minutes * TimeSpan.TicksPerMinute);
        text = text[(step + 2)..];
        bool hasSeconds = isBasic ? text.Length >= 2 && char.IsAsciiDigit((char)text[0]) : text is [(byte)':', ..];
        if (!hasSeconds)
        {
            return true;
        }

        text = text[(isBasic ? 0 : 1)..];
        if (text.Length < 2 || !TryReadTwoDigits(text, 59, out int seconds))
        {
            return false;
        }

        text = text[2..];
        if (!TryReadFraction(ref text, out long? fraction))
        {
            return false;
        }

        ticks += (seconds * TimeSpan.TicksPerSecond) + (fraction ?? 0);
        return true;
    }

    /// <summary>Reads an offset from UTC, or null when there is none.</summary>
    private static bool TryReadOffset(ref ReadOnlySpan<byte> text, out long? offset)
    {
        offset = null;
        ReadOnlySpan<byte> rest = text is [(byte)' ', _, ..] ? text[1..] : text;
        if (rest is [(byte)'Z' or (byte)'z', ..])
        {
            offset = 0;
            text = rest[1..];
            return true;
        }

        if (rest.SequenceEqual("UTC"u8) || rest.SequenceEqual("GMT"u8))
        {
            offset = 0;
            text = default;
            return true;
        }

        if (rest is not [(byte)'+' or (byte)'-', ..])
        {
            return true;
        }

        bool isBehind = rest[0] == '-';
        rest = rest[1..];
        if (rest.Length < 2 || !TryReadTwoDigits(rest, MaxOffsetHours, out int hours))
        {
            return false;
        }

        rest = rest[2..];
        int minutes = 0;
        if (rest.Length > 0 && rest[0] != '[')
        {
            rest = rest[0] == ':' ? rest[1..] : rest;
            if (rest.Length < 2 || !TryReadTwoDigits(rest, 59, out minutes))
            {
                return false;
            }

            rest = rest[2..];
        }

        text = rest;
        long ticks = (hours * TimeSpan.TicksPerHour) + (minutes * TimeSpan.TicksPerMinute);
        offset = isBehind ? -ticks : ticks;
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

    /// <summary>Reads the ticks after a point or comma, or null when there are none.</summary>
    private static bool TryReadFraction(ref ReadOnlySpan<byte> text, out long? ticks)
    {
        ticks = null;
        if (text is not [(byte)'.' or (byte)',', ..])
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
