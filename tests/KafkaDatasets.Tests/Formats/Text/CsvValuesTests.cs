using System.Globalization;
using System.Text;
using CsCheck;
using KafkaDatasets.Formats.Text;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Text;

/// <summary>Lines of comma-separated fields.</summary>
public sealed class CsvValuesTests
{
    private static readonly DatasetColumn[] Typed =
    [
        new("t", ColumnType.Text), new("i", ColumnType.Int64), new("b", ColumnType.Boolean), new("f", ColumnType.Single), new("d", ColumnType.Double, IsNullable: true),
        new("k", ColumnType.Key, true, ["red", "a,b"]), new("u", ColumnType.UInt8), new("at", ColumnType.DateTimeOffset, true),
    ];

    /// <summary>The values of TensorFlow's Kafka tutorial: the label in the key, the features in the value.</summary>
    [Fact]
    public async Task The_label_may_be_in_the_key()
    {
        FakeRecord[] records =
        [
            new(0, "0.5,-1e3,3"u8.ToArray()) { Key = "1"u8.ToArray() },
            new(1, "1, 2 ,\r\n"u8.ToArray()) { Key = "0.0"u8.ToArray() },
        ];
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Csv(["a", "b", "c"], key: "label"), LabelColumn.Binary("label"), records);
        Assert.Equal(["label", "a", "b", "c"], dataset.Schema.Columns.Select(c => c.Name));
        Assert.Equal(["a", "b", "c"], dataset.Features);
        Assert.Equal([[true, new[] { 0.5f, -1000f, 3f }], [false, new[] { 1f, 2f, float.NaN }]], dataset.ToDataView(new MLContext()).Read("Label", "Features"));
        Assert.Equal([[1f], [0f]], dataset.ToDataView(new MLContext()).Read("label"));
    }

    [Theory]
    [InlineData("2")]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("x")]
    public async Task A_label_in_the_key_is_checked(string? key)
    {
        var record = new FakeRecord(0, "1"u8.ToArray()) { Key = key is null ? null : Encoding.UTF8.GetBytes(key) };
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Csv(["a"], "label"), LabelColumn.Binary("label"), record);
        Assert.All((string[])["a", "Label"], column =>
            Assert.Equal("label", Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read(column)).Field));
    }

    [Fact]
    public async Task Random_fields_are_read_as_they_were_quoted() => await Gen.Select(Gen.String[Gen.Char["ab,\"\r\né漢"], 0, 6].Array[1, 6], Gen.Bool).SampleAsync(
        async (fields, always) =>
        {
            string line = string.Join(',', fields.Select(f => always || f.AsSpan().ContainsAny(",\"\r\n") ? $"\"{f.Replace("\"", "\"\"")}\"" : f));
            DatasetColumn[] columns = [.. fields.Select((_, i) => new DatasetColumn($"c{i}", ColumnType.Text))];
            await using KafkaDataset dataset = await OpenAsync(RecordFormat.Csv(columns), null, Record(line), Record(line + "\r\n", 1));
            Assert.Equal([fields, fields], dataset.ToDataView(new MLContext()).Read([.. columns.Select(c => c.Name)]));
        },
        iter: 300,
        threads: 2);

    [Fact]
    public async Task Fields_have_types()
    {
        await using KafkaDataset dataset = await OpenAsync(
            RecordFormat.Csv(Typed),
            null,
            Record("\"x, \"\"y\"\"\",9223372036854775807,TRUE,16777217,0.1,\"a,b\",255,2024-02-29T12:00:00+01:00"),
            Record(",-1,0,inf,,,0,", 1),
            Record("z,0,1,nan,-Infinity,red,1,2024-02-29", 2));
        Assert.Equal(
            [
                ["x, \"y\"", long.MaxValue, true, 16777216f, 0.1, 2u, (byte)255, new DateTimeOffset(2024, 2, 29, 11, 0, 0, TimeSpan.Zero)],
                ["", -1L, false, float.PositiveInfinity, double.NaN, 0u, (byte)0, DateTimeOffset.MinValue],
                ["z", 0L, true, float.NaN, double.NegativeInfinity, 1u, (byte)1, new DateTimeOffset(2024, 2, 29, 0, 0, 0, TimeSpan.Zero)],
            ],
            dataset.ToDataView(new MLContext()).Read([.. Typed.Select(c => c.Name)]));
    }

    [Theory]
    [InlineData("", "i", "ends after 1 fields of 8")]
    [InlineData("t,1,0,1,1,red,1", "at", "ends after 7 fields of 8")]
    [InlineData("t,1,0,1,1,red,1,,", null, "more than 8 fields")]
    [InlineData("t,,0,1,1,red,1,", "i", "an empty text is not a value of type Int64")]
    [InlineData("t,1.5,0,1,1,red,1,", "i", "'1.5' is not a value of type Int64")]
    [InlineData("t,1,2,1,1,red,1,", "b", "'2'")]
    [InlineData("t,1,0,1e39,1,red,1,", "f", "'1e39'")]
    [InlineData("t,1,0,x,1,red,1,", "f", "'x'")]
    [InlineData("t,1,0,1,1,blue,1,", "k", "not one of the column's 2 key values")]
    [InlineData("t,1,0,1,1,red,256,", "u", "'256'")]
    [InlineData("t,1,0,1,1,red,1,yesterday", "at", "'yesterday'")]
    [InlineData("\"t,1,0,1,1,red,1,", "t", "not closed")]
    [InlineData("\"t\"x,1,0,1,1,red,1,", "t", "closing quote")]
    [InlineData("t\",1,0,1,1,red,1,", "t", "does not begin with a quote")]
    [InlineData("t\nu,1,0,1,1,red,1,", "t", "line break")]
    public async Task What_does_not_fit_is_named(string line, string? field, string part)
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Csv(Typed), null, Record(line));
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read([.. Typed.Select(c => c.Name)]));
        Assert.Equal(field, e.Field);
        Assert.Contains(part, e.Message);
    }

    /// <summary>A field that nobody reads is skipped; only that there are as many fields as columns is checked.</summary>
    [Fact]
    public async Task Only_what_is_read_is_judged()
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Csv(Typed), null, Record("t,17,maybe,\"x, \"\"y\"\"\",?,blue,1000,yesterday"));
        Assert.Equal([["t", 17L]], dataset.ToDataView(new MLContext()).Read("t", "i"));
        Assert.Equal("at", Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("t", "at")).Field);
    }

    [Fact]
    public async Task What_means_missing_can_be_said()
    {
        DatasetColumn[] columns = [new("f", ColumnType.Single), new("d", ColumnType.Double), new("t", ColumnType.Text), new("k", ColumnType.Key, true, ["a"]), new("at", ColumnType.DateTimeOffset), new("s", ColumnType.TimeSpan)];
        RecordFormat format = RecordFormat.Csv(columns, new DatasetColumn("key", ColumnType.Double), ["NA", "null", @"\N"]);
        string[] lines = [@"NA,null,\N,NA,null,\N", "\"NA\",\"null\",\"NA\",\"NA\",\"null\",\"\\N\"", ",,,,,", "1,2,NA2,a,2026-11-24T00:00:00+0200,00:00:01"];
        string?[] keys = ["NA", @"\N", "", "7"];
        await using KafkaDataset dataset = await OpenAsync(format, null, [.. lines.Select((l, i) => Record(l, i) with { Key = Encoding.UTF8.GetBytes(keys[i]!) })]);
        object[] missing = [double.NaN, float.NaN, double.NaN, "", 0u, DateTimeOffset.MinValue, TimeSpan.MinValue];
        Assert.Equal(
            [missing, missing, missing, [7.0, 1f, 2.0, "NA2", 1u, new DateTimeOffset(2026, 11, 23, 22, 0, 0, TimeSpan.Zero), TimeSpan.FromSeconds(1)]],
            dataset.ToDataView(new MLContext()).Read("key", "f", "d", "t", "k", "at", "s"));

        await using KafkaDataset singles = await OpenAsync(RecordFormat.Csv(["a", "b"], "label", ["-"]), null, Record("-,1") with { Key = "-"u8.ToArray() });
        Assert.Equal([[float.NaN, float.NaN, 1f]], singles.ToDataView(new MLContext()).Read("label", "a", "b"));

        await using KafkaDataset integers = await OpenAsync(RecordFormat.Csv([new("i", ColumnType.Int32)], null, ["NA"]), null, Record("NA"));
        Assert.Contains("declare the column as Double", Assert.Throws<RecordDecodingException>(() => integers.ToDataView(new MLContext()).Read("i")).Message);
    }

    /// <summary>That this compiles is the test: the columns' type is found although it is not named.</summary>
    [Fact]
    public async Task Columns_may_be_declared_without_naming_their_type()
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Csv([new("a", ColumnType.Int32), new("b", ColumnType.Text)]), null, Record("1,x"));
        Assert.Equal([[1, "x"]], dataset.ToDataView(new MLContext()).Read("a", "b"));
        await using KafkaDataset keyed = await OpenAsync(RecordFormat.Csv([new("a", ColumnType.Int32)], key: new("k", ColumnType.Int64)), null, Record("1") with { Key = "2"u8.ToArray() });
        Assert.Equal([[1, 2L]], keyed.ToDataView(new MLContext()).Read("a", "k"));
        await using KafkaDataset named = await OpenAsync(RecordFormat.Csv(["a", "b"], null), null, Record("1,2"));
        Assert.Equal([[1f, 2f]], named.ToDataView(new MLContext()).Read("a", "b"));
    }

    [Fact]
    public async Task Numbers_may_count_time()
    {
        DatasetColumn[] columns = [new("at", ColumnType.DateTimeOffset) { Unit = TimeUnit.Second }, new("on", ColumnType.DateTime) { Unit = TimeUnit.Day }];
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Csv(columns), null, Record("1764000000.25,20417"));
        Assert.Equal([[new DateTimeOffset(2025, 11, 24, 16, 0, 0, 250, TimeSpan.Zero), new DateTime(2025, 11, 25)]], dataset.ToDataView(new MLContext()).Read("at", "on"));
    }

    [Fact]
    public async Task Decimals_as_base64_are_refused_since_they_look_like_numbers()
    {
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(
            RecordFormat.Csv([new("price", ColumnType.Double) { DecimalScale = 2 }], key: new("k", ColumnType.Double) { DecimalScale = 2 }), null, Record("1234")));
        Assert.All((string[])["'price'", "'k'", "DecimalScale", "remove it"], text => Assert.Contains(text, e.Message));
    }

    [Theory]
    [InlineData("2026-11-24T00:00:00", "2026-11-24T00:00:00")]
    [InlineData("2026-11-24 12:34:56.5", "2026-11-24T12:34:56.5")]
    [InlineData("\"2026-11-24 12:34:56,5\"", "2026-11-24T12:34:56.5")]
    [InlineData("2026-11-24T12:34", "2026-11-24T12:34:00")]
    [InlineData("20261124T123456", "2026-11-24T12:34:56")]
    [InlineData("2026-11-24", "2026-11-24T00:00:00")]
    public async Task Dates_and_times_are_read_as_people_write_them(string text, string expected)
    {
        DateTime time = DateTime.Parse(expected, CultureInfo.InvariantCulture);
        Assert.Equal([[new DateTimeOffset(time, TimeSpan.Zero), time]], await ReadTimesAsync($"{text},{text}"));
    }

    [Theory]
    [InlineData("2026-11-24T10:00:00+02:00", 8)]
    [InlineData("2026-11-24 10:00:00 +0200", 8)]
    [InlineData("2026-11-24T10:00:00Z", 10)]
    [InlineData("2026-11-24 10:00:00 UTC", 10)]
    public async Task A_time_with_an_offset_needs_a_column_with_offsets(string text, int utcHour)
    {
        Assert.Equal([[new DateTimeOffset(2026, 11, 24, utcHour, 0, 0, TimeSpan.Zero), DateTime.MinValue]], await ReadTimesAsync($"{text},"));
        string message = await TimeFaultAsync(ColumnType.DateTime, text);
        Assert.Contains($"'{text}' is not a date and time of ISO 8601 without an offset", message);
        Assert.Contains("a column of type DateTimeOffset has offsets", message);
    }

    /// <summary>Blanks around a value are no part of a number, a Boolean or a time; they are of a text.</summary>
    [Theory]
    [InlineData(" 2026-11-24 00:00:00 ,\t2026-11-24, 1.5 , 7 , true, 01:02:03 , x ")]
    [InlineData("\" 2026-11-24 \",\" 2026-11-24\",\" 1.5\",\"7 \",\" 1 \",\"PT1H2M3S \",\" x \"")]
    public async Task Blanks_around_values_are_ignored_but_in_texts(string line)
    {
        DatasetColumn[] columns =
        [
            new("at", ColumnType.DateTimeOffset), new("on", ColumnType.DateTime), new("d", ColumnType.Double), new("i", ColumnType.Int32), new("b", ColumnType.Boolean), new("span", ColumnType.TimeSpan), new("t", ColumnType.Text),
        ];
        var day = new DateTime(2026, 11, 24);
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Csv(columns), null, Record(line));
        Assert.Equal([[new DateTimeOffset(day, TimeSpan.Zero), day, 1.5, 7, true, new TimeSpan(1, 2, 3), " x "]], dataset.ToDataView(new MLContext()).Read([.. columns.Select(c => c.Name)]));
    }

    [Fact]
    public async Task Blanks_alone_are_missing_but_in_texts()
    {
        DatasetColumn[] columns = [new("d", ColumnType.Double, true), new("at", ColumnType.DateTimeOffset, true), new("na", ColumnType.Single, true), new("t", ColumnType.Text)];
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Csv(columns, key: null, missing: ["NA"]), null, Record(" , , NA, "));
        Assert.Equal([[double.NaN, DateTimeOffset.MinValue, float.NaN, " "]], dataset.ToDataView(new MLContext()).Read("d", "at", "na", "t"));
    }

    [Theory]
    [InlineData("\ufeff1,x")]
    [InlineData("\ufeff\"1\",\"x\"\r\n")]
    public async Task A_byte_order_mark_is_skipped(string line)
    {
        FakeRecord record = Record(line) with { Key = Encoding.UTF8.GetBytes("\ufeff7") };
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Csv([new DatasetColumn("i", ColumnType.Int32), new("t", ColumnType.Text)], new DatasetColumn("k", ColumnType.Int32)), null, record);
        Assert.Equal([[7, 1, "x"]], dataset.ToDataView(new MLContext()).Read("k", "i", "t"));
    }

    /// <summary>As in JSON texts: bad where it is read, with the byte.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Text_that_is_not_UTF8_is_bad_where_it_is_read(bool isKey)
    {
        byte[] text = [.. "Jos"u8, 0xe9];
        var record = new FakeRecord(0, isKey ? "1,x"u8.ToArray() : [.. "1,"u8, .. text]) { Key = isKey ? text : "k"u8.ToArray() };
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Csv([new DatasetColumn("i", ColumnType.Int32), new("t", ColumnType.Text)], new DatasetColumn("k", ColumnType.Text)), null, record);
        string column = isKey ? "k" : "t";
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read(column));
        Assert.Equal(column, e.Field);
        Assert.Contains("not UTF-8: byte 0xe9 at position 3", e.Message);
        Assert.Equal([[1]], dataset.ToDataView(new MLContext()).Read("i"));
    }

    [Theory]
    [InlineData("10:00")]
    [InlineData("24 Nov")]
    [InlineData("1.5")]
    [InlineData("3-4")]
    [InlineData("2026-11")]
    [InlineData("03/04/2026")]
    [InlineData("2026/11/24")]
    [InlineData("Tue, 24 Nov 2026 10:00:00 GMT")]
    [InlineData("2026-11-24 10:00 AM")]
    public async Task A_time_in_another_form_than_ISO_8601_is_malformed(string text)
    {
        foreach (ColumnType type in (ColumnType[])[ColumnType.DateTimeOffset, ColumnType.DateTime])
        {
            Assert.Contains($"'{text}' is not a date and time of ISO 8601", await TimeFaultAsync(type, text));
        }
    }

    [Fact]
    public Task Mutated_and_random_bytes_give_no_other_exception_no_hang_and_no_large_allocation() => Fuzz.RunAsync(
        _ => (new CsvRecordFormat(Typed, []), [.. ((string[])["\"x, \"\"y\"\"\",9223372036854775807,TRUE,16777217,0.1,\"a,b\",255,2024-02-29T12:00:00+01:00", ",-1,0,inf,,,0,\r\n"]).Select(Encoding.UTF8.GetBytes)]),
        [.. ((string[])["\"", ",", "\"\"", "\r\n", "1e999", "-", "999999999999999999999", "nan", "2024-"]).Select(Encoding.UTF8.GetBytes)]);

    private static async Task<IEnumerable<object[]>> ReadTimesAsync(string line)
    {
        DatasetColumn[] columns = [new("at", ColumnType.DateTimeOffset), new("on", ColumnType.DateTime)];
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Csv(columns), null, Record(line));
        return dataset.ToDataView(new MLContext()).Read("at", "on");
    }

    /// <summary>The message for a text that does not fit, which is the same in the value and in the key, and a bad record.</summary>
    private static async Task<string> TimeFaultAsync(ColumnType type, string text)
    {
        string field = $"\"{text}\"";
        FakeRecord record = Record(field) with { Key = Encoding.UTF8.GetBytes(text) };
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Csv([new DatasetColumn("v", type)], new DatasetColumn("k", type)), null, record);
        string[] reasons = [.. ((string[])["v", "k"]).Select(column =>
        {
            RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read(column));
            Assert.Equal(column, e.Field);
            return e.Message[e.Message.IndexOf($"'{text}'", StringComparison.Ordinal)..];
        })];
        Assert.Equal(reasons[0], reasons[1]);
        return reasons[0];
    }

    private static FakeRecord Record(string line, long offset = 0) => new(offset, Encoding.UTF8.GetBytes(line));

    private static Task<KafkaDataset> OpenAsync(RecordFormat format, LabelColumn? label, params FakeRecord[] records) =>
        new FakeEngine(FakePartition.Of(0, records)).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = format, Label = label });
}
