using System.Text;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Json;

/// <summary>Columns that are declared, where no schema says what the texts are.</summary>
public sealed class JsonDeclaredTests
{
    private static readonly DatasetColumn[] Amount = [new("after.amount", ColumnType.Double, IsNullable: true)];

    [Theory]
    [InlineData("""{"after.amount":1.5}""", 1.5)]
    [InlineData("""{"after":{"amount":1.5}}""", 1.5)]
    [InlineData("""{"after.amount":1.5,"after":{"amount":9}}""", 1.5)]
    [InlineData("""{"after":{"amount":9},"after.amount":1.5}""", 1.5)]
    [InlineData("""{"after":{"amount":9},"after.amount":null}""", double.NaN)]
    [InlineData("""{"after":{"amount":9},"after":{}}""", double.NaN)]
    [InlineData("""{"after":{"amount":9},"after":null}""", double.NaN)]
    [InlineData("""{"after":"text","after.amount":1.5}""", 1.5)]
    [InlineData("""{"after.amount":1.5,"after":[{"amount":1}]}""", 1.5)]
    [InlineData("""{"after":{"amount":1},"after":{"amount":2}}""", 2.0)]
    [InlineData("""{"after.amount":1,"after.amount":2}""", 2.0)]
    [InlineData("""{"after.amount":"\u0031.5"}""", 1.5)]
    [InlineData("""{"\u0061fter.amount":1.5}""", 1.5)]
    [InlineData("{}", double.NaN)]
    public async Task A_name_with_dots_is_first_a_whole_name_then_a_path(string text, double expected) =>
        Assert.Equal([[expected]], await ReadAsync(Amount, text));

    [Theory]
    [InlineData("""{"a.b.c":1}""", 1)]
    [InlineData("""{"a":{"b.c":2}}""", 2)]
    [InlineData("""{"a":{"b":{"c":3}}}""", 3)]
    [InlineData("""{"a":{"b":{"c":3},"b.c":2}}""", 2)]
    [InlineData("""{"a":{"b":{"c":3},"b.c":2},"a.b.c":1}""", 1)]
    [InlineData("""{"a.b":{"c":4}}""", 4)]
    [InlineData("""{"a.b":{"c":4},"a":{"b.c":2}}""", 4)]
    [InlineData("""{"a":{"b.c":2,"b":{"c":3}},"a.b":{"c":4}}""", 4)]
    [InlineData("""{"a.b":{"c":4},"a.b.c":1}""", 1)]
    [InlineData("""{"a.b":{"c":4},"a.b":{"c":5}}""", 5)]
    [InlineData("""{"a.b":null,"a":{"b":{"c":3}}}""", 3)]
    [InlineData("""{"a.b":{"x":1},"a":{"b":{"c":3}}}""", 3)]
    public async Task So_is_the_rest_of_the_name_within_an_object(string text, int expected) =>
        Assert.Equal([[expected]], await ReadAsync([new("a.b.c", ColumnType.Int32)], text));

    [Theory]
    [InlineData("""{"a.b":{"c.d":{"e.f":1}}}""", "a.b.c.d.e.f")]
    [InlineData("""{"a":{"b.c.d":{"e":{"f":1}}}}""", "a.b.c.d.e.f")]
    [InlineData("""{"a.b.c.d.e":{"f":1},"a":{"b":{"c":{"d":{"e":{"f":9}}}}}}""", "a.b.c.d.e.f")]
    [InlineData("""{"a":{"b":{"c":{"d":{"e":{"f.g":1}}}}}}""", "a.b.c.d.e.f.g")]
    public async Task So_is_every_other_beginning_of_it(string text, string name) =>
        Assert.Equal([[1]], await ReadAsync([new(name, ColumnType.Int32)], text));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"a":null}""")]
    [InlineData("""{"a":{"b":null}}""")]
    [InlineData("""{"a":{"b":5}}""")]
    public async Task One_that_is_required_must_be_in_one_of_the_places(string text)
    {
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync([new("a.b.c", ColumnType.Int32)], text));
        Assert.Equal("a.b.c", e.Field);
        Assert.Contains("required", e.Message);
        Assert.Contains("correct the column's name", e.Message);
        Assert.Contains("IsNullable", e.Message);
    }

    /// <summary>A Boolean that may be missing is declared as a floating-point number, as the exception for one that is not says.</summary>
    [Theory]
    [InlineData("true", 1f)]
    [InlineData("false", 0f)]
    [InlineData("1", 1f)]
    [InlineData("\"true\"", 1f)]
    [InlineData("\" False\"", 0f)]
    [InlineData("null", float.NaN)]
    [InlineData("\"\"", float.NaN)]
    public async Task A_Boolean_that_may_be_missing_is_declared_as_a_number(string value, float expected)
    {
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => ReadAsync([new("b", ColumnType.Boolean, true)], "{}"));
        Assert.Contains("declare it as Double", e.Message);
        DatasetColumn[] columns = [new("b", ColumnType.Single, true), new("c", ColumnType.Double, true)];
        Assert.Equal([[expected, (double)expected]], await ReadAsync(columns, $$"""{"b":{{value}},"c":{{value}}}"""));
        e = await Assert.ThrowsAsync<InvalidOptionsException>(async () => await new FakeEngine(FakePartition.Of(0, new byte[][] { [] })).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Csv([new DatasetColumn("b", ColumnType.Boolean, true)]) }));
        Assert.Contains("declare it as Double", e.Message);
        await using KafkaDataset csv = await new FakeEngine(FakePartition.Of(0, [Encoding.UTF8.GetBytes(value == "null" ? "," : $"{value},{value}")])).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Csv(columns) });
        Assert.Equal([[expected, (double)expected]], csv.ToDataView(new MLContext()).Read("b", "c"));
    }

    /// <summary>The whole name first: where it is there and null, the value is missing, whatever a path leads to.</summary>
    [Theory]
    [InlineData("""{"after.amount":null,"after":{"amount":2}}""")]
    [InlineData("""{"after":{"amount":2},"after.amount":null}""")]
    [InlineData("""{"after":{"amount":2},"\u0061fter.amount":null}""")]
    public async Task A_whole_name_that_is_null_is_missing(string text)
    {
        Assert.Equal([[double.NaN]], await ReadAsync([new("after.amount", ColumnType.Double, true)], text));
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync([new("after.amount", ColumnType.Int32)], text));
        Assert.Equal("after.amount", e.Field);
    }

    [Fact]
    public async Task A_vector_is_found_in_both_places_too()
    {
        DatasetColumn[] columns = [new("a.v", ColumnType.Double) { IsVector = true }];
        Assert.Equal([[new[] { 1.0, 2.0 }]], await ReadAsync(columns, """{"a":{"v":[5,6,7]},"a.v":[1,2]}"""));
        Assert.Equal([[new[] { 1.0, 2.0 }]], await ReadAsync(columns, """{"a.v":[1,2],"a":{"v":[5,6,7]}}"""));
        Assert.Equal([[new[] { 5.0 }]], await ReadAsync(columns, """{"a":{"v":[5]}}"""));
    }

    /// <summary>A change event of Debezium without a schema, its decimals as Kafka Connect writes them.</summary>
    [Fact]
    public async Task Change_events_are_read()
    {
        DatasetColumn[] columns =
        [
            new("payload.after.id", ColumnType.Int64), new("payload.after.price", ColumnType.Double, true) { DecimalScale = 2 },
            new("payload.after.on", ColumnType.DateTime, true) { Unit = TimeUnit.Day }, new("payload.ts_ms", ColumnType.DateTimeOffset, true) { Unit = TimeUnit.Millisecond },
            new("payload.after.took", ColumnType.TimeSpan, true) { Unit = TimeUnit.Microsecond }, new("payload.op", ColumnType.Key, true, ["c", "u", "d"]),
        ];
        const string Event = """{"schema":{"type":"struct","fields":[{"field":"price"}]},"payload":{"before":null,"after":{"id":7,"price":"BNI=","on":20417,"took":1500000},"source":{"ts_ms":1},"op":"u","ts_ms":1764000000123}}""";
        Assert.Equal(
            [[7L, 12.34, new DateTime(2025, 11, 25), new DateTimeOffset(2025, 11, 24, 16, 0, 0, 123, TimeSpan.Zero), TimeSpan.FromSeconds(1.5), 2u]],
            await ReadAsync(columns, Event));
    }

    [Theory]
    [InlineData("\"BNI=\"", 2, 12.34)]
    [InlineData("\"BNI=\"", 0, 1234.0)]
    [InlineData("\"BNI=\"", -2, 123400.0)]
    [InlineData("\"+y4=\"", 2, -12.34)]
    [InlineData("\"AA==\"", 4, 0.0)]
    [InlineData("\"DUYCJdXa8E4=\"", 10, 95645433.2387749966)]
    [InlineData("12.34", 2, 12.34)]
    [InlineData("\"12.34\"", 2, 12.34)]
    [InlineData("\"-0.5\"", 2, -0.5)]
    [InlineData("\"1234\"", 2, -26588.24)]
    [InlineData("1234", 2, 1234.0)]
    [InlineData("NaN", 2, double.NaN)]
    [InlineData("Infinity", 2, double.PositiveInfinity)]
    [InlineData("-Infinity", 2, double.NegativeInfinity)]
    [InlineData("\"NaN\"", 2, double.NaN)]
    [InlineData("\"Infinity\"", 2, double.PositiveInfinity)]
    [InlineData("\"\"", 2, double.NaN)]
    [InlineData("null", 2, double.NaN)]
    public async Task Decimals_as_base64_are_the_nearest_number(string value, int scale, double expected) =>
        Assert.Equal([[expected]], await ReadAsync([new("p", ColumnType.Double, true) { DecimalScale = scale }], $$"""{"p":{{value}}}"""));

    [Theory]
    [InlineData("12.34x")]
    [InlineData("-5")]
    [InlineData("123")]
    [InlineData("nan")]
    [InlineData("    ")]
    [InlineData("BNI")]
    public async Task Another_text_where_base64_is_declared_is_a_bad_record(string text)
    {
        foreach (ColumnType type in (ColumnType[])[ColumnType.Double, ColumnType.Single])
        {
            RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync([new("p", type, true) { DecimalScale = 2 }], $$"""{"p":"{{text}}"}"""));
            Assert.Equal("p", e.Field);
            Assert.Contains("base64", e.Message);
        }
    }

    [Theory]
    [InlineData(TimeUnit.Second, "1764000000", "2025-11-24T16:00:00.0000000")]
    [InlineData(TimeUnit.Second, "1764000000.5", "2025-11-24T16:00:00.5000000")]
    [InlineData(TimeUnit.Second, "1.764e9", "2025-11-24T16:00:00.0000000")]
    [InlineData(TimeUnit.Millisecond, "-1", "1969-12-31T23:59:59.9990000")]
    [InlineData(TimeUnit.Microsecond, "1764000000000001", "2025-11-24T16:00:00.0000010")]
    [InlineData(TimeUnit.Nanosecond, "1764000000000000199", "2025-11-24T16:00:00.0000001")]
    [InlineData(TimeUnit.Nanosecond, "-1", "1969-12-31T23:59:59.9999999")]
    [InlineData(TimeUnit.Day, "1", "1970-01-02T00:00:00.0000000")]
    [InlineData(TimeUnit.Millisecond, "\"1764000000000\"", "2025-11-24T16:00:00.0000000")]
    [InlineData(TimeUnit.Millisecond, "\"2025-11-24T16:00:00\"", "2025-11-24T16:00:00.0000000")]
    public async Task Numbers_count_the_unit_that_is_declared(TimeUnit unit, string value, string expected)
    {
        object[] row = Assert.Single(await ReadAsync([new("at", ColumnType.DateTimeOffset) { Unit = unit }, new("local", ColumnType.DateTime) { Unit = unit }], $$"""{"at":{{value}},"local":{{value}}}"""));
        Assert.Equal(expected, ((DateTimeOffset)row[0]).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffff", System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(expected, ((DateTime)row[1]).ToString("yyyy-MM-ddTHH:mm:ss.fffffff", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_number_where_no_unit_is_declared_names_the_cure()
    {
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync([new("at", ColumnType.DateTimeOffset)], """{"at":1764000000000}"""));
        Assert.Contains("DatasetColumn.Unit", e.Message);
        e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync([new("at", ColumnType.DateTimeOffset) { Unit = TimeUnit.Day }], """{"at":1764000000000}"""));
        Assert.Contains("out of the column's range", e.Message);
    }

    [Fact]
    public async Task What_does_not_fit_a_column_is_told_at_opening()
    {
        var e = await Assert.ThrowsAsync<InvalidOptionsException>(() => ReadAsync([new("a", ColumnType.Int32) { Unit = TimeUnit.Day }, new("b", ColumnType.Text) { DecimalScale = 2 }, new("c", ColumnType.Double) { DecimalScale = 1000 }], "{}"));
        Assert.All((string[])["'a'", "'b'", "'c'"], name => Assert.Contains(name, e.Message));
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("-Infinity")]
    [InlineData("12")]
    [InlineData("true")]
    public async Task A_number_is_no_text(string value)
    {
        foreach (DatasetColumn column in (DatasetColumn[])[new("c", ColumnType.Text, IsNullable: true), new("c", ColumnType.Key, true, ["NaN", "-Infinity", "12", "true"]), new("c", ColumnType.Text) { IsVector = true }])
        {
            string json = column.IsVector ? $"[{value}]" : value;
            RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync([column], $$"""{"c":{{json}}}"""));
            Assert.Equal("c", e.Field);
            Assert.Contains($"a text is expected, not {value}", e.Message);
            Assert.Contains($"a text is expected, not {value}", (await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync([column], $$"""{"\u0063":{{json}}}"""))).Message);
            Assert.Single(await ReadAsync([column], column.IsVector ? $$"""{"c":["{{value}}"]}""" : $$"""{"c":"{{value}}"}"""));
        }
    }

    private static async Task<object[][]> ReadAsync(DatasetColumn[] columns, string text)
    {
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [Encoding.UTF8.GetBytes(text)])).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Json(columns) });
        return [.. dataset.ToDataView(new MLContext()).Read([.. columns.Select(c => c.Name)])];
    }
}
