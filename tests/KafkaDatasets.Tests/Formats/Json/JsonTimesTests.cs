using System.Text;
using System.Xml;
using Confluent.SchemaRegistry;
using CsCheck;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.Decoding;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Json;

/// <summary>Texts that are times by their format: those of RFC 3339, ISO 8601 and .NET.</summary>
public sealed class JsonTimesTests
{
    [Theory]
    [InlineData("time", "08:30:06", "08:30:06")]
    [InlineData("time", "08:30", "08:30:00")]
    [InlineData("time", "08:30:06,5+0200", "06:30:06.5")]
    [InlineData("time", "08:30:06.283185", "08:30:06.2831850")]
    [InlineData("time", "08:30:06.123456789", "08:30:06.1234567")]
    [InlineData("time", "08:30:06Z", "08:30:06")]
    [InlineData("time", "08:30:06z", "08:30:06")]
    [InlineData("time", "08:30:06+02:00", "06:30:06")]
    [InlineData("time", "01:00:00+02:30", "22:30:00")]
    [InlineData("time", "23:00:00-02:00", "01:00:00")]
    [InlineData("time", @"08:30:06\u002B02:00", "06:30:06")]
    [InlineData("time-span", "00:00:00", "00:00:00")]
    [InlineData("time-span", "-1.02:03:04.5000000", "-1.02:03:04.5")]
    [InlineData("time-span", "10675199.02:48:05.4775807", "10675199.02:48:05.4775807")]
    [InlineData("time-span", "P1D", "1.00:00:00")]
    [InlineData("duration", "1.02:03:04", "1.02:03:04")]
    [InlineData("duration", "P4W", "28.00:00:00")]
    [InlineData("duration", "P1DT2H3M4.5S", "1.02:03:04.5")]
    [InlineData("duration", "-PT36H", "-1.12:00:00")]
    [InlineData("duration", "PT0.0000001S", "00:00:00.0000001")]
    [InlineData("duration", "PT1M", "00:01:00")]
    public void Times_and_spans_are_read(string format, string text, string expected)
        => Assert.Equal(TimeSpan.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), Read(format, text));

    [Theory]
    [InlineData("time", "24:00:00")]
    [InlineData("time", "08:60:00")]
    [InlineData("time", "08:30:60")]
    [InlineData("time", "8:30:06")]
    [InlineData("time", "08:30:06.")]
    [InlineData("time", "08:30:06+2:00")]
    [InlineData("time", "08:30:06+24:00")]
    [InlineData("time", "-08:30:06")]
    [InlineData("time", "1.08:30:06")]
    [InlineData("time", "P1D")]
    [InlineData("time-span", "6")]
    [InlineData("time-span", ".01:02:03")]
    [InlineData("time-span", "1:02:03")]
    [InlineData("time-span", "01:02:03Z")]
    [InlineData("time-span", "--01:02:03")]
    [InlineData("time-span", "10675199.02:48:05.4775808")]
    [InlineData("time-span", "99999999999999999999.00:00:00")]
    [InlineData("duration", "P")]
    [InlineData("duration", "PT")]
    [InlineData("duration", "P1DT")]
    [InlineData("duration", "P1Y")]
    [InlineData("duration", "P1M")]
    [InlineData("duration", "P1H")]
    [InlineData("duration", "PT1D")]
    [InlineData("duration", "PT1M1H")]
    [InlineData("duration", "PT1S1S")]
    [InlineData("duration", "PT1.5M")]
    [InlineData("duration", "PT.5S")]
    [InlineData("duration", "P1")]
    [InlineData("duration", "P1DTT1S")]
    [InlineData("duration", "P99999999999999999W")]
    [InlineData("date-time-local", "2026-11-24T01:02:03Z")]
    [InlineData("date-time-local", "2026-11-24T01:02:03+01:00")]
    [InlineData("date", "2026-11-24T01:02:03")]
    [InlineData("date-time", "2026-11-24T25:02:03")]
    [InlineData("date-time", "2026-11-24T01:02:03+")]
    [InlineData("date-time", "2026-11-24T01:02:03 CET")]
    [InlineData("date-time", "2026-02-29T01:02:03Z")]
    [InlineData("date-time", "0000-01-01T00:00:00Z")]
    [InlineData("date-time", "0001-01-01T00:00:00+01:00")]
    [InlineData("date-time", "2026-11-24T010203")]
    [InlineData("date-time", "20261124T01:02:03Z")]
    [InlineData("date-time", "24/11/2026")]
    [InlineData("date-time", "1764000000")]
    [InlineData("date-time", "2026-11-24T01:02:03.Z")]
    public void What_is_not_of_its_format_is_named(string format, string text)
    {
        (JsonPlan plan, RowBlock block) = Plan(format);
        Assert.Contains($"the text \"{(text.Length > 32 ? text[..32] : text)}", plan.Fault(Value(text), block, out string? field));
        Assert.Equal("v", field);
    }

    /// <summary>As people and their libraries write dates and times (Python, Java, Ruby, SQL, log4j, XML).</summary>
    [Theory]
    [InlineData("2026-11-24T00:00:00", "2026-11-24T00:00:00.0000000")]
    [InlineData("2026-11-24T00:00:00+0200", "2026-11-23T22:00:00.0000000")]
    [InlineData("2026-11-24T00:00:00+02:00", "2026-11-23T22:00:00.0000000")]
    [InlineData("2026-11-24 00:00:00+02", "2026-11-23T22:00:00.0000000")]
    [InlineData("2026-11-24T00:00:00-0330", "2026-11-24T03:30:00.0000000")]
    [InlineData("2026-11-24T00:00:00Z", "2026-11-24T00:00:00.0000000")]
    [InlineData("2026-11-24t00:00:00z", "2026-11-24T00:00:00.0000000")]
    [InlineData("2026-11-24 12:34:56", "2026-11-24T12:34:56.0000000")]
    [InlineData("2026-11-24T12:34", "2026-11-24T12:34:00.0000000")]
    [InlineData("2026-11-24T12:34Z", "2026-11-24T12:34:00.0000000")]
    [InlineData("2026-11-24", "2026-11-24T00:00:00.0000000")]
    [InlineData("2026-11-24T12:34:56.1", "2026-11-24T12:34:56.1000000")]
    [InlineData("2026-11-24T12:34:56.123456789Z", "2026-11-24T12:34:56.1234567")]
    [InlineData("2026-11-24T12:34:56.12345678901234567890123Z", "2026-11-24T12:34:56.1234567")]
    [InlineData("2026-11-24 12:34:56,789", "2026-11-24T12:34:56.7890000")]
    [InlineData("2026-11-24 12:34:56 +0100", "2026-11-24T11:34:56.0000000")]
    [InlineData("2026-11-24 12:34:56 UTC", "2026-11-24T12:34:56.0000000")]
    [InlineData("20261124T123456Z", "2026-11-24T12:34:56.0000000")]
    [InlineData("20261124T123456.5+0100", "2026-11-24T11:34:56.5000000")]
    [InlineData("2026-11-24T00:00+01:00[Europe/Berlin]", "2026-11-23T23:00:00.0000000")]
    [InlineData("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999")]
    public void Dates_and_times_are_read_as_people_write_them(string text, string expected)
        => Assert.Equal(expected, new DateTime(Ticks("date-time", text)).ToString("yyyy-MM-ddTHH:mm:ss.fffffff", System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void Random_dates_and_times_are_read_as_NET_writes_them() => Gen.Select(Gen.Long[0, DateTime.MaxValue.Ticks], Gen.Int[-14 * 60, 14 * 60]).Sample((ticks, minutes) =>
    {
        long local = Math.Clamp(ticks + (minutes * TimeSpan.TicksPerMinute), 0, DateTime.MaxValue.Ticks);
        var time = new DateTimeOffset(local, TimeSpan.FromMinutes(minutes));
        if (time.UtcTicks >= 0 && time.UtcTicks <= DateTime.MaxValue.Ticks)
        {
            Assert.Equal(time.UtcTicks, Ticks("date-time", time.ToString("O")));
        }

        Assert.Equal(ticks, Ticks("date-time-local", new DateTime(ticks).ToString("O")));
    });

    [Fact]
    public void Random_spans_are_read_as_NET_and_XML_write_them() => Gen.OneOf(Gen.Long, Gen.Long[-10_000_000_000, 10_000_000_000], Gen.Int.Select(i => i * TimeSpan.TicksPerSecond)).Sample(ticks =>
    {
        var span = new TimeSpan(ticks);
        Assert.Equal(span, Read("time-span", span.ToString("c")));
        Assert.Equal(span, Read("duration", XmlConvert.ToString(span)));
    });

    [Fact]
    public void Local_times_are_those_without_a_zone()
    {
        Assert.Equal(new DateTime(2026, 11, 24, 1, 2, 3, 500), new DateTime(Ticks("date-time-local", "2026-11-24T01:02:03.5")));
        Assert.Equal(new DateTime(2026, 11, 24), new DateTime(Ticks("date", "2026-11-24")));
        Assert.Equal(new DateTime(2026, 11, 23, 23, 2, 3), new DateTime(Ticks("date-time", @"2026-11-24T01:02:03\u002B02:00")));
    }

    [Fact]
    public void A_span_that_may_be_null_is_missing_then()
    {
        (JsonPlan plan, RowBlock block) = Plan("duration");
        Assert.Null(plan.Fault("{\"v\":null}"u8, block, out _));
        Assert.Equal(TimeSpan.MinValue.Ticks, TicksOf(block));
    }

    private static TimeSpan Read(string format, string text) => new(Ticks(format, text));

    private static long Ticks(string format, string text)
    {
        (JsonPlan plan, RowBlock block) = Plan(format);
        Assert.Null(plan.Fault(Value(text), block, out _));
        return TicksOf(block);
    }

    private static long TicksOf(RowBlock block) => block.Columns[0] switch
    {
        FixedColumn<TimeSpan> spans => spans.Values[0].Ticks,
        FixedColumn<DateTime> times => times.Values[0].Ticks,
        FixedColumn<DateTimeOffset> instants => instants.Values[0].UtcTicks,
        var other => throw new ArgumentException(other.ToString()),
    };

    private static byte[] Value(string text) => Encoding.UTF8.GetBytes($$"""{"v":"{{text}}"}""");

    private static (JsonPlan Plan, RowBlock Block) Plan(string format)
    {
        string schema = """{"type":"object","properties":{"v":{"type":["null","string"],"format":"FORMAT"}}}""".Replace("FORMAT", format, StringComparison.Ordinal);
        var json = new JsonRecordFormat(SchemaDocument.OfOptions(SchemaType.Json, schema), WantedColumns.None);
        BlockColumn[] layout = json.Schema.Layout();
        return ((JsonPlan)json.Plan(layout), layout.Block());
    }
}
