using System.Text;
using CsCheck;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Json;

/// <summary>What JSON texts hold, the dataset holds.</summary>
public sealed class JsonValuesTests
{
    private const string Schema = """
        {"title":"Car","type":"object","required":["i","s"],"properties":{
          "i":{"type":"integer"},"s":{"type":"integer","format":"int32"},"d":{"type":"number"},"f":{"type":"number","format":"float"},
          "t":{"type":["null","string"]},"b":{"type":"boolean"},"e":{"enum":["x","y",null]},
          "o":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}}}
        """;

    [Fact]
    public async Task Random_texts_in_every_spelling_are_read() => await Gen.Int.SampleAsync(
        async seed =>
        {
            var json = new RandomJson(seed);
            (string Text, object[] Row)[] values = [.. Enumerable.Range(0, 20).Select(_ => json.Next())];
            await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json(json.Schema), [.. values.Select(v => v.Text)]);
            Assert.Equal(json.Columns, dataset.Schema.Columns.Select(c => (c.Name, c.Type)));
            Assert.Equal(values.Select(v => v.Row), dataset.ToDataView(new MLContext()).Read([.. json.Columns.Select(c => c.Name)]));
        },
        iter: 100,
        threads: 2);

    [Theory]
    [InlineData("""{"i":9223372036854775807,"s":-2147483648}""", "i", long.MaxValue)]
    [InlineData("""{"i":-9223372036854775808,"s":1}""", "i", long.MinValue)]
    [InlineData("""{"i":9007199254740993,"s":1}""", "i", 9007199254740993L)]
    [InlineData("""{"i":12.50e1,"s":1}""", "i", 125L)]
    [InlineData("""{"i":1,"s":1,"f":16777217}""", "f", 16777216f)]
    [InlineData("""{"i":1,"s":1,"f":1.00000017881393432617187500000001}""", "f", 1.00000024f)] // by way of a double it would be 1.0000001
    [InlineData("""{"i":1,"s":1,"d":0.1}""", "d", 0.1)]
    [InlineData("""{"i":1,"s":1,"d":-0}""", "d", -0.0)]
    [InlineData("""{"i":1,"s":1,"d":null}""", "d", double.NaN)]
    [InlineData("""{"i":1,"s":1,"b":null}""", "b", float.NaN)]
    [InlineData("""{"i":1,"s":1,"o":null}""", "o.n", double.NaN)]
    [InlineData("\ufeff{\"i\":42,\"s\":1}", "i", 42L)]
    [InlineData("""{"i":"42","s":" -7 "}""", "i", 42L)]
    [InlineData("""{"i":"42","s":" -7 "}""", "s", -7)]
    [InlineData("""{"i":"1.0","s":1}""", "i", 1L)]
    [InlineData("""{"i":1,"s":1,"d":"12.5"}""", "d", 12.5)]
    [InlineData("""{"i":1,"s":1,"d":"\u0031\u0032.5"}""", "d", 12.5)]
    [InlineData("""{"i":1,"s":1,"d":""}""", "d", double.NaN)]
    [InlineData("""{"i":1,"s":1,"d":"NaN"}""", "d", double.NaN)]
    [InlineData("""{"i":1,"s":1,"d":NaN}""", "d", double.NaN)]
    [InlineData("""{"i":1,"s":1,"d":Infinity,"t":"NaN, \"Infinity\""}""", "d", double.PositiveInfinity)]
    [InlineData("""{"i":1,"s":1,"d":-Infinity}""", "d", double.NegativeInfinity)]
    [InlineData("""{"i":1,"s":1,"d":"-Infinity"}""", "d", double.NegativeInfinity)]
    [InlineData("""{"i":1,"s":1,"d":-1e999}""", "d", double.NegativeInfinity)]
    [InlineData("""{"i":1,"s":1,"f":"Infinity"}""", "f", float.PositiveInfinity)]
    [InlineData("""{"i":1,"s":1,"f":1e999}""", "f", float.PositiveInfinity)]
    [InlineData("""{"i":1,"s":1,"o":{"n":"17"}}""", "o.n", 17.0)]
    [InlineData("""{"i":1,"s":1,"b":"true"}""", "b", 1f)]
    [InlineData("""{"i":1,"s":1,"b":""}""", "b", float.NaN)]
    [InlineData("""{"i":1,"s":1,"b":1}""", "b", 1f)]
    [InlineData("""{"i":1,"s":1,"b":0}""", "b", 0f)]
    [InlineData("""{"i":1,"s":1,"b":"1"}""", "b", 1f)]
    [InlineData("""{"i":1,"s":1,"b":" true "}""", "b", 1f)]
    [InlineData("""{"i":1,"s":1,"e":""}""", "e", 0u)]
    [InlineData("""{"i":1,"s":1,"d":1,"d":2}""", "d", 2.0)]
    [InlineData("""{"i":1,"s":1,"o":{"n":3},"o":{"n":4}}""", "o.n", 4.0)]
    [InlineData("""{"i":1,"s":1,"o":{"n":3}}""", "o.n", 3.0)]
    [InlineData("""{"i":1,"s":1}""", "o.n", double.NaN)]
    [InlineData("""{"i":1,"s":1,"b":true}""", "b", 1f)]
    [InlineData("""{"i":1,"s":1,"b":true}""", "d", double.NaN)]
    [InlineData("""{"i":1,"s":1,"e":"y"}""", "e", 2u)]
    [InlineData("""{"i":1,"s":1,"e":null}""", "e", 0u)]
    [InlineData("""{"i":1,"s":1,"t":"\ud83d\ude00"}""", "t", "😀")]
    public async Task Values_are_exact(string text, string column, object expected)
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json(Schema), text);
        Assert.Equal([[expected]], dataset.ToDataView(new MLContext()).Read(column));
        Assert.Equal([[expected]], dataset.ToDataView(new MLContext()).Read([.. dataset.Schema.Columns.Select(c => c.Name)]).Select(row => new[] { row[dataset.Schema.Columns.ToList().FindIndex(c => c.Name == column)] }));
    }

    /// <summary>A value that nobody reads is skipped by its structure alone.</summary>
    [Theory]
    [InlineData("""{"type":"object","properties":{"x":{"type":"number"},"in":{"type":"object","required":["y"],"properties":{"y":{"type":"integer"}}}}}""", """[{"x":1,"in":{"y":2}},null,{}]""", "l.x", new[] { 1, double.NaN, double.NaN })]
    [InlineData("""{"type":"object","properties":{"x":{"type":"number"},"in":{"type":"object","required":["y"],"properties":{"y":{"type":"integer"}}}}}""", """[null,{"x":1,"in":{"y":2}},{"in":null}]""", "l.in.y", new[] { double.NaN, 2, double.NaN })]
    [InlineData("""{"type":"array","items":{"type":"number"}}""", "[[1],null,[2,null]]", "l", new[] { 1, 2, double.NaN })]
    [InlineData("""{"type":"array","items":{"type":"number"}}""", "[[1],null,[2,null]]", "l.lengths", new[] { 1, 0, 2 })]
    [InlineData("""{"type":"array","items":{"type":"object","properties":{"x":{"type":"number"}}}}""", """[null,[null,{"x":1}]]""", "l.x", new[] { double.NaN, 1 })]
    [InlineData("""{"type":"array","items":{"type":"object","properties":{"x":{"type":"number"}}}}""", """[null,[null,{"x":1}]]""", "l.lengths", new[] { 0, 2 })]
    [InlineData("""{"type":"number"}""", "[1,null]", "l", new[] { 1, double.NaN })]
    [InlineData("""{"oneOf":[{"type":"number"},{"type":"string"}]}""", """[1,null,"a"]""", "l.number", new[] { 1, double.NaN, double.NaN })]
    public async Task A_null_in_a_list_is_an_object_without_members_an_empty_list_or_a_missing_value(string items, string list, string column, Array expected)
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json(ListOf(items)), "{\"l\":" + list + "}");
        Assert.Equal(expected, Assert.Single(dataset.ToDataView(new MLContext()).Read(column))[0]);
    }

    [Theory]
    [InlineData("""{"type":"object","required":["x"],"properties":{"x":{"type":"number"},"y":{"type":"number"}}}""", "l.x")]
    [InlineData("""{"type":"integer"}""", "l")]
    [InlineData("""{"type":"boolean"}""", "l")]
    public async Task A_null_in_a_list_is_bad_where_a_value_must_be(string items, string column)
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json(ListOf(items)), """{"l":[null]}""");
        Assert.Contains("is expected, not null", Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read(column)).Message);
    }

    [Theory]
    [InlineData("""{"i":1,"s":"x","d":[],"o":7,"e":"none","t":{"a":[1,{"b":NaN}]}}""")]
    [InlineData("""{"s":null,"i":1,"o":{"n":null},"b":-Infinity}""")]
    [InlineData("""{"i":1}""")]
    public async Task Only_what_is_read_is_judged(string text)
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json(Schema), text);
        Assert.Equal([[1L]], dataset.ToDataView(new MLContext()).Read("i"));
        Assert.Equal("s", Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("i", "s")).Field);
    }

    [Theory]
    [InlineData("""{"i":"x","s":1}""", "i", "an integer is expected, not the text \"x\"")]
    [InlineData("""{"i":"","s":1}""", "i", "an integer is expected, not the text \"\"")]
    [InlineData("""{"i":"NaN","s":1}""", "i", "an integer is expected, not the text \"NaN\"")]
    [InlineData("""{"i":"9223372036854775808","s":1}""", "i", "out of the column's range")]
    [InlineData("""{"i":1,"s":1,"d":"1e998"}""", "d", "out of the column's range")]
    [InlineData("""{"i":1,"s":1,"d":Inf}""", null, "not JSON")]
    [InlineData("""{"i":1,"s":1,"d":nan}""", null, "not JSON")]
    [InlineData("""{"i":1,"s":1,"d":-}""", null, "not JSON")]
    [InlineData("""{"i":1,"s":1,"d":01}""", null, "not JSON")]
    [InlineData("""{"i":1.5,"s":1}""", "i", "1.5 is not an integer")]
    [InlineData("""{"i":9223372036854775808,"s":1}""", "i", "out of the column's range")]
    [InlineData("""{"i":1,"s":2147483648}""", "s", "out of the column's range")]
    [InlineData("""{"i":1,"s":1,"d":1e998}""", "d", "out of the column's range")]
    [InlineData("""{"i":1,"s":1,"f":1e39}""", "f", "out of the column's range")]
    [InlineData("""{"i":1,"s":1,"t":5}""", "t", "a text is expected, not 5")]
    [InlineData("""{"i":1,"s":1,"b":2}""", "b", "a Boolean")]
    [InlineData("""{"i":1,"s":1,"b":1.5}""", "b", "a Boolean")]
    [InlineData("""{"i":1,"s":1,"b":"2"}""", "b", "a Boolean")]
    [InlineData("""{"i":1,"s":1,"e":"z"}""", "e", "\"z\" is not one of the 2 values of the enum")]
    [InlineData("""{"i":1,"s":1,"o":[]}""", "o", "an object is expected, not an array")]
    [InlineData("""{"i":1,"s":1,"o":{}}""", "o.n", "the required member is missing")]
    [InlineData("""{"i":1,"s":1,"o":{"n":1},"o":{}}""", "o.n", "the required member is missing")]
    [InlineData("""{"s":1}""", "i", "the required member is missing")]
    [InlineData("""{"i":null,"s":1}""", "i", "is expected, not null")]
    [InlineData("""{"i":1,"s":1,"t":"\ud800"}""", "t", "the text is not valid")]
    [InlineData("""{"i":1,"s":1} x""", null, "not JSON")]
    [InlineData("""{"i":1,"s":1,}""", null, "not JSON")]
    [InlineData("""{"i":1,"s":1""", null, "not JSON")]
    [InlineData("[]", null, "an object is expected, not an array")]
    [InlineData("null", null, "is expected, not null")]
    [InlineData("", null, "not JSON")]
    public async Task What_does_not_fit_is_named(string text, string? field, string part)
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json(Schema), """{"i":1,"s":1}""", text);
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read([.. dataset.Schema.Columns.Select(c => c.Name)]));
        Assert.Equal(1L, e.Offset);
        Assert.Equal(field, part == "not JSON" ? null : e.Field);
        Assert.Contains(part, e.Message);
        Assert.Contains("BadRecordPolicy.Skip", e.Message);
    }

    /// <summary>What is in no column may be of any depth, and its names need not be text.</summary>
    [Theory]
    [InlineData("""{"\ud83d":1,"i":1}""")]
    [InlineData("""{"i":1,"x":{"\udc00":2,"\ud800\ud800":[]},"\ud800x":{}}""")]
    [InlineData("""{"o":{"\ud83d":1,"n":5},"i":1}""")]
    [InlineData("DEEP[")]
    [InlineData("DEEP{")]
    public async Task What_nobody_reads_is_skipped_by_its_structure(string text)
    {
        const int depth = 100_000;
        text = text switch
        {
            "DEEP[" => $$"""{"x":{{new string('[', depth)}}{{new string(']', depth)}},"i":1}""",
            "DEEP{" => $$"""{"i":1,"x":{{string.Concat(Enumerable.Repeat("{\"a\":", depth))}}1{{new string('}', depth)}}}""",
            _ => text,
        };
        foreach (RecordFormat format in (RecordFormat[])[RecordFormat.Json(Schema), RecordFormat.Json([new DatasetColumn("i", ColumnType.Int64)])])
        {
            await using KafkaDataset dataset = await OpenAsync(format, text);
            Assert.Equal([[1L]], dataset.ToDataView(new MLContext()).Read("i"));
        }
    }

    /// <summary>The same in a choice of types, which looks at every name, and in a key.</summary>
    [Fact]
    public async Task Names_that_are_no_text_are_unknown_names()
    {
        const string choice = """{"oneOf":[{"title":"A","type":"object","properties":{"a":{"type":"integer"}}},{"title":"B","type":"object","properties":{"b":{"type":"integer"},"k":{"const":"x"}}}]}""";
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json(choice), """{"\ud83d":1,"b":2}""", """{"k":"\ud800","a":3}""");
        Assert.Equal([[double.NaN, 2.0], [3.0, double.NaN]], dataset.ToDataView(new MLContext()).Read("A.a", "B.b"));
        await using KafkaDataset key = await new FakeEngine(FakePartition.Of(0, [new FakeRecord(0, new byte[4]) { Key = """{"\ud83d":1,"i":1}"""u8.ToArray() }]))
            .OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Float32(1), KeyFormat = RecordFormat.Json([new DatasetColumn("i", ColumnType.Int64)]) });
        Assert.Equal([[1L]], key.ToDataView(new MLContext()).Read("Key.i"));
    }

    [Fact]
    public async Task Text_that_is_not_UTF8_is_bad_where_it_is_read()
    {
        byte[] text = [.. "{\"t\":\"Jos"u8, 0xe9, .. "\",\"i\":1,\"s\":1}"u8];
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [text])).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Json(Schema) });
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("t"));
        Assert.Equal("t", e.Field);
        Assert.Contains("not UTF-8: byte 0xe9 at position 3", e.Message);
        Assert.Equal([[1L]], dataset.ToDataView(new MLContext()).Read("i"));
    }

    [Fact]
    public async Task A_text_without_end_is_bad_also_where_nobody_reads()
    {
        string deep = string.Concat(Enumerable.Repeat("[", 1_000_000));
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json(Schema), $$"""{"i":1,"s":1,"other":{{deep}}""");
        Assert.Contains("depth", Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("i")).Message);
    }

    [Fact]
    public async Task Columns_may_be_declared()
    {
        DatasetColumn[] columns = [new("speed", ColumnType.Single, IsNullable: true), new("car.name", ColumnType.Text, IsNullable: true), new("id", ColumnType.Int64), new("state", ColumnType.Key, true, ["ok", "bad"])];
        await using KafkaDataset dataset = await OpenAsync(
            RecordFormat.Json(columns),
            """{"id":5,"speed":1.5,"car":{"name":"a","x":1},"state":"bad"}""",
            """{"car":null,"id":6}""");
        Assert.Equal(columns, dataset.Schema.Columns);
        Assert.Equal([[1.5f, "a", 5L, 2u], [float.NaN, "", 6L, 0u]], dataset.ToDataView(new MLContext()).Read([.. columns.Select(c => c.Name)]));
    }

    [Fact]
    public async Task Faults_of_declared_columns_are_told_at_once()
    {
        var e = await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(RecordFormat.Json([new("a", ColumnType.Int32, IsNullable: true), new("b", ColumnType.Key), new("b.c", ColumnType.Text), new("d", ColumnType.Text), new("d", ColumnType.Text)])));
        Assert.All((string[])["'a'", "'b'", "'b.c'", "'d'"], name => Assert.Contains(name, e.Message));
        Assert.Contains("no column", (await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(RecordFormat.Json([])))).Message);
    }

    [Fact]
    public async Task Labels_and_features_come_of_JSON_too()
    {
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [.. ((string[])["""{"b":true,"d":1,"i":2,"s":0}""", """{"b":false,"i":3,"s":0}"""]).Select(Encoding.UTF8.GetBytes)]))
            .OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Json(Schema), Label = LabelColumn.Binary("b"), Features = ["d", "i"] });
        Assert.Equal([[true, new[] { 1f, 2f }], [false, new[] { float.NaN, 3f }]], dataset.ToDataView(new MLContext()).Read("Label", "Features"));
    }

    private static string ListOf(string items) => """{"type":"object","properties":{"l":{"type":"array","items":""" + items + "}}}";

    private static Task<KafkaDataset> OpenAsync(RecordFormat format, params string[] texts) =>
        new FakeEngine(FakePartition.Of(0, [.. texts.Select(Encoding.UTF8.GetBytes)])).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = format });
}
