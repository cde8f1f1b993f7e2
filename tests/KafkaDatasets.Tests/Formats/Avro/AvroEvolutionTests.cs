using System.Globalization;
using Avro.Generic;
using Avro.IO;
using CsCheck;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Schemas;
using Microsoft.ML;
using Xunit;
using static KafkaDatasets.Tests.Formats.Avro.AvroBytes;

namespace KafkaDatasets.Tests.Formats.Avro;

/// <summary>Records of other writers' schemas, by the Avro specification's "Schema Resolution".</summary>
public sealed class AvroEvolutionTests
{
    [Theory]
    [InlineData("boolean", "true", true)]
    [InlineData("int", "-7", -7)]
    [InlineData("long", "9223372036854775807", long.MaxValue)]
    [InlineData("float", "1.5", 1.5f)]
    [InlineData("float", "2", 2f)]
    [InlineData("double", "-1e300", -1e300)]
    [InlineData("string", "\"naïve 漢\"", "naïve 漢")]
    [InlineData("string", "\"\"", "")]
    [InlineData("string", "\"2020-01-02T03:04:05+02:00\"", "2020-01-02T03:04:05+02:00")]
    [InlineData("string", "\"/Date(1000)/\"", "/Date(1000)/")]
    [InlineData("double", "\"NaN\"", double.NaN)]
    [InlineData("float", "\"-Infinity\"", float.NegativeInfinity)]
    public async Task A_field_that_the_writer_has_not_has_its_default(string type, string value, object expected) =>
        Assert.Equal([5f, expected], await ReadOneAsync(A, $$"""{{A}},{"name":"b","type":"{{type}}","default":{{value}}}""", 5f));

    [Theory]
    [InlineData("""["null","double"]""", "null", double.NaN)]
    [InlineData("""["double","null"]""", "2.5", 2.5)]
    [InlineData("""["null","string"]""", "null", "")]
    [InlineData("""["int","null"]""", "3", 3.0)]
    [InlineData("""["null","boolean"]""", "null", float.NaN)]
    [InlineData("""{"type":"enum","name":"E","symbols":["X","Y"]}""", "\"Y\"", 2u)]
    [InlineData("""["null",{"type":"enum","name":"E","symbols":["X","Y"]}]""", "null", 0u)]
    public async Task A_default_may_be_of_a_union_or_an_enum(string type, string value, object expected) =>
        Assert.Equal([5f, expected], await ReadOneAsync(A, $$"""{{A}},{"name":"b","type":{{type}},"default":{{value}}}""", 5f));

    [Fact]
    public async Task A_nested_record_may_be_a_default()
    {
        const string nested = """{"type":"record","name":"N","fields":[{"name":"x","type":"int"},{"name":"y","type":"string","default":"inner"},{"name":"z","type":["null","long"],"default":null}]}""";
        Assert.Equal([5f, 4, "inner", double.NaN], await ReadOneAsync(A, $$$"""{{{A}}},{"name":"b","type":{{{nested}}},"default":{"x":4}}""", 5f));
        Assert.Equal([5f, double.NaN, "", double.NaN], await ReadOneAsync(A, $$"""{{A}},{"name":"b","type":["null",{{nested}}],"default":null}""", 5f));
    }

    [Fact]
    public async Task A_default_of_a_type_without_a_column_is_passed_over() =>
        Assert.Equal([5f], await ReadOneAsync(A, $$$"""{{{A}}},{"name":"b","type":{"type":"map","values":"int"},"default":{"k":1}}""", 5f));

    public static TheoryData<string, string, object[]> Defaults => new()
    {
        { "\"bytes\"", "\"\\u00ff\\u0000a\"", [new byte[] { 255, 0, 97 }] },
        { """{"type":"fixed","name":"F","size":1}""", "\"a\"", [new byte[] { 97 }] },
        { """{"type":"array","items":"int"}""", "[1,-2]", [new[] { 1, -2 }] },
        { """{"type":"array","items":["string","null"]}""", """["x",null,"2020-01-02"]""", [new[] { "x", "", "2020-01-02" }] },
        { """{"type":"array","items":{"type":"record","name":"I","fields":[{"name":"p","type":"int"},{"name":"q","type":"string","default":"-"}]}}""", """[{"p":1},{"p":2,"q":"two"}]""", [new[] { 1, 2 }, new[] { "-", "two" }] },
        { """{"type":"long","logicalType":"timestamp-millis"}""", "86400000", [new DateTimeOffset(1970, 1, 2, 0, 0, 0, TimeSpan.Zero)] },
        { """{"type":"int","logicalType":"date"}""", "-1", [new DateTime(1969, 12, 31)] },
        { """{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}""", "\"\\u00ff\\u0038\"", [-2.0] },
        { """["null","int","string"]""", "null", [double.NaN, ""] },
        { """["int","string"]""", "\"text\"", [double.NaN, "text"] },
    };

    [Theory]
    [MemberData(nameof(Defaults))]
    public async Task A_default_may_be_of_any_type(string type, string value, object[] expected) =>
        Assert.Equal([5f, .. expected], await ReadOneAsync(A, $$"""{{A}},{"name":"b","type":{{type}},"default":{{value}}}""", 5f));

    [Theory]
    [InlineData("\"boolean\"", "\"abc\"")]
    [InlineData("\"boolean\"", "1")]
    [InlineData("\"int\"", "\"abc\"")]
    [InlineData("\"int\"", "1.5")]
    [InlineData("\"int\"", "3000000000")]
    [InlineData("\"int\"", "null")]
    [InlineData("\"long\"", "9223372036854775808")]
    [InlineData("\"long\"", "true")]
    [InlineData("\"float\"", "\"abc\"")]
    [InlineData("\"double\"", "[]")]
    [InlineData("\"string\"", "null")]
    [InlineData("\"string\"", "7")]
    [InlineData("""["int","null"]""", "\"x\"")]
    [InlineData("""{"type":"enum","name":"E","symbols":["X"]}""", "\"Z\"")]
    [InlineData("""{"type":"record","name":"N","fields":[{"name":"x","type":"int"}]}""", "{}")]
    [InlineData("""{"type":"record","name":"N","fields":[{"name":"x","type":"int"}]}""", "\"x\"")]
    [InlineData("""{"type":"record","name":"N","fields":[{"name":"x","type":"int"}]}""", "{\"x\":\"y\"}")]
    public async Task A_default_that_is_none_of_its_type_is_a_fault_of_the_schema(string type, string value)
    {
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadOneAsync(A, $$"""{{A}},{"name":"b","type":{{type}},"default":{{value}}}""", 5f));
        Assert.StartsWith("b", e.Field);
        Assert.IsType<SchemaException>(e.InnerException);
    }

    [Fact]
    public async Task Fields_that_the_reader_has_not_are_passed_over()
    {
        string gone = string.Join(',', ((string[])["boolean", "int", "long", "float", "double", "string", "bytes", "null"]).Select((t, i) => $$"""{"name":"g{{i}}","type":"{{t}}"}"""));
        Assert.Equal([5f, 6f], await ReadOneAsync($$"""{{A}},{{gone}},{"name":"b","type":"float"}""", $$"""{{A}},{"name":"b","type":"float"}""", 5f, true, 1, 2L, 3f, 4.0, "x", new byte[] { 1 }, null, 6f));
    }

    [Fact]
    public async Task Fields_may_come_in_another_order() => Assert.Equal(
        [1f, 2f, "s", 3f],
        await ReadOneAsync(Fields("c:float s:string b:float a:float"), Fields("a:float b:float s:string c:float"), 3f, "s", 2f, 1f));

    [Theory]
    [InlineData("int", "long", -3, -3L)]
    [InlineData("int", "float", 7, 7f)]
    [InlineData("int", "double", int.MaxValue, (double)int.MaxValue)]
    [InlineData("long", "float", long.MaxValue, (float)long.MaxValue)]
    [InlineData("long", "double", -5L, -5.0)]
    [InlineData("float", "double", 0.1f, (double)0.1f)]
    [InlineData("string", "string", "x", "x")]
    public async Task Numbers_are_promoted(string writer, string reader, object written, object expected)
    {
        Assert.Equal([expected], await ReadOneAsync(Fields($"a:{writer}"), Fields($"a:{reader}"), written));
        Assert.Equal([expected is long l ? (double)l : expected], await ReadOneAsync(Fields($"a:{writer}"), $$"""{"name":"a","type":["null","{{reader}}"]}""", written));
        Assert.Equal([expected is long m ? (double)m : expected], await ReadOneAsync($$"""{"name":"a","type":["null","{{writer}}"]}""", $$"""{"name":"a","type":["{{reader}}","null"]}""", written));
    }

    [Fact]
    public async Task Bytes_are_promoted_to_text() =>
        Assert.Equal(["hé"], await ReadOneAsync(Fields("a:bytes"), Fields("a:string"), "hé"u8.ToArray()));

    [Theory]
    [InlineData("long", "int", 1L)]
    [InlineData("double", "float", 1.0)]
    [InlineData("float", "long", 1f)]
    [InlineData("string", "int", "1")]
    [InlineData("boolean", "int", true)]
    [InlineData("int", "boolean", 1)]
    [InlineData("int", "string", 1)]
    [InlineData("null", "int", null)]
    public async Task What_cannot_be_promoted_names_both_schemas_and_the_field(string writer, string reader, object? written)
    {
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadOneAsync(Fields($"a:{writer}"), Fields($"a:{reader}"), written));
        AssertIncompatible(e, "a", writer, reader);
    }

    [Fact]
    public async Task A_field_without_a_default_names_both_schemas_and_the_field()
    {
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadOneAsync(A, $$$"""{{{A}}},{"name":"b","type":{"type":"record","name":"N","fields":[{"name":"x","type":"int"}]}}""", 5f));
        AssertIncompatible(e, "b", "default");
        e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadOneAsync(
            """{"name":"b","type":{"type":"record","name":"N","fields":[]}}""",
            """{"name":"b","type":{"type":"record","name":"N","fields":[{"name":"x","type":"int"}]}}""",
            new GenericRecord((global::Avro.RecordSchema)Parse(Record("""{"name":"b","type":{"type":"record","name":"N","fields":[]}}"""))["b"].Schema)));
        AssertIncompatible(e, "b.x", "default");
    }

    [Fact]
    public async Task Aliases_find_a_field_by_an_old_name()
    {
        const string reader = """{"name":"now","type":"float","aliases":["older","old"]}""";
        Assert.Equal([5f], await ReadOneAsync(Fields("old:float"), reader, 5f));
        Assert.Equal([6f], await ReadOneAsync(Fields("now:float"), reader, 6f));
        Assert.Equal([7f], await ReadOneAsync(Fields("old:float now:float"), reader, 6f, 7f)); // its own name goes first
        Assert.Equal([8f], await ReadOneAsync(Fields("now:float old:float"), reader, 8f, 9f));
    }

    [Fact]
    public async Task Aliases_find_a_named_type_by_an_old_name()
    {
        const string writer = """{"name":"e","type":{"type":"enum","name":"Old","symbols":["A","B"]}}""";
        var symbol = new GenericEnum((global::Avro.EnumSchema)Parse(Record(writer))["e"].Schema, "B");
        Assert.Equal([2u], await ReadOneAsync(writer, """{"name":"e","type":{"type":"enum","name":"New","aliases":["Old"],"symbols":["A","B"]}}""", symbol));
        AssertIncompatible(
            await Assert.ThrowsAsync<RecordDecodingException>(() => ReadOneAsync(writer, """{"name":"e","type":{"type":"enum","name":"New","symbols":["A","B"]}}""", symbol)),
            "e",
            "Old",
            "New");
    }

    private static string RecordA(string space, string type, string aliases = "") => $$"""{"type":"record","name":"A","namespace":"{{space}}"{{aliases}},"fields":[{"name":"x","type":"{{type}}"}]}""";

    private const string FixedPair = """{"type":"fixed","name":"p.F","size":1},{"type":"fixed","name":"q.F","size":1}""";
    private const string EnumPair = """{"type":"enum","name":"p.F","symbols":["A","B"]},{"type":"enum","name":"q.F","symbols":["B","A"]}""";

    /// <summary>The fields' type, the bytes of a value of q's type, and the row.</summary>
    public static TheoryData<string, byte[], object[]> SameSimpleNames => new()
    {
        { $"[{RecordA("p", "int")},{RecordA("q", "int")}]", [2, 10], [double.NaN, 5.0] },
        { $"[{RecordA("p", "long")},{RecordA("q", "int")}]", [2, 10], [double.NaN, 5.0] },
        { $"[{RecordA("p", "string")},{RecordA("q", "int")}]", [2, 10], ["", 5.0] },
        { $"[{RecordA("p", "int")},{RecordA("q", "string")}]", [2, 2, (byte)'x'], [double.NaN, "x"] },
        { $"""["null",{RecordA("p", "int")},{RecordA("q", "int")}]""", [4, 10], [double.NaN, 5.0] },
        { $"[{FixedPair}]", [2, 7], [Array.Empty<byte>(), new byte[] { 7 }] },
        { $"[{EnumPair}]", [2, 2], [0u, 2u] },
        { $$"""{"type":"array","items":[{{RecordA("p", "int")}},{{RecordA("q", "int")}}]}""", [4, 2, 10, 0, 12, 0], [new[] { double.NaN, 6 }, new[] { 5, double.NaN }] },
    };

    [Theory]
    [MemberData(nameof(SameSimpleNames))]
    public async Task Types_of_the_same_name_in_two_namespaces_are_told_apart(string type, byte[] value, object[] expected)
    {
        string fields = $$"""{"name":"c","type":{{type}}}""";
        foreach (string reader in (string[])[fields, $$"""{{fields}},{"name":"new","type":"int","default":1}"""])
        {
            await using KafkaDataset dataset = await OpenAsync(Record(fields), Record(reader), value);
            object[] row = Assert.Single(dataset.ToDataView(new MLContext()).Read([.. dataset.Schema.Columns.Select(c => c.Name).Where(c => c != "new")]));
            Assert.Equal(expected, row);
        }
    }

    [Fact]
    public async Task A_branch_of_the_same_full_name_goes_before_an_alias_and_that_before_the_simple_name()
    {
        string writer = $$"""{"name":"c","type":["null",{{RecordA("q", "int")}}]}""";
        Assert.Equal([double.NaN, 5.0], await ReadAsync(RecordA("p", "int"), RecordA("q", "int")));
        Assert.Equal([double.NaN, 5.0], await ReadAsync(RecordA("p", "int", ""","aliases":["q.A"]"""), RecordA("q", "int")));
        Assert.Equal([double.NaN, 5.0], await ReadAsync(RecordA("p", "int"), RecordA("r", "int", ""","aliases":["q.A"]""")));
        Assert.Equal([double.NaN, 5.0], await ReadAsync(RecordA("p", "int").Replace("\"A\"", "\"B\""), RecordA("r", "int")));
        Assert.Equal([5.0, double.NaN], await ReadAsync(RecordA("p", "int").Replace("\"A\"", "\"B\",\"aliases\":[\"A\"]"), RecordA("r", "int").Replace("\"A\"", "\"C\"")));

        async Task<object[]> ReadAsync(params string[] branches)
        {
            await using KafkaDataset dataset = await OpenAsync(Record(writer), Record($$"""{"name":"c","type":["null",{{string.Join(',', branches)}}]}"""), [2, 10]);
            return Assert.Single(dataset.ToDataView(new MLContext()).Read([.. dataset.Schema.Columns.Select(c => c.Name)]));
        }
    }

    private const string Date = """{"type":"int","logicalType":"date"}""";
    private const string TimeMillis = """{"type":"int","logicalType":"time-millis"}""";
    private const string TimeMicros = """{"type":"long","logicalType":"time-micros"}""";
    private const string TimestampMillis = """{"type":"long","logicalType":"timestamp-millis"}""";
    private const string Decimal = """{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}""";

    [Theory]
    [InlineData(Date, TimestampMillis)]
    [InlineData(Date, """{"type":"long","logicalType":"timestamp-nanos"}""")]
    [InlineData($"""["null",{Date}]""", $"""[{TimestampMillis},"null"]""")]
    public async Task A_date_becomes_the_timestamp_at_which_it_begins(string writer, string reader) =>
        Assert.Equal([new DateTimeOffset(2024, 10, 4, 0, 0, 0, TimeSpan.Zero)], await ReadOneAsync($$"""{"name":"a","type":{{writer}}}""", $$"""{"name":"a","type":{{reader}}}""", new DateTime(2024, 10, 4)));

    [Fact]
    public async Task Dates_in_a_list_become_local_timestamps() => Assert.Equal(
        [new[] { new DateTime(2024, 10, 4), new DateTime(1969, 12, 31) }],
        await ReadOneAsync(
            $$$"""{"name":"a","type":{"type":"array","items":{{{Date}}}}}""",
            """{"name":"a","type":{"type":"array","items":{"type":"long","logicalType":"local-timestamp-micros"}}}""",
            [new object[] { new DateTime(2024, 10, 4), new DateTime(1969, 12, 31) }]));

    public static TheoryData<string, string, object, string, string> OtherMeanings => new()
    {
        { Date, TimeMillis, new DateTime(2024, 10, 4), "date", "time-millis" },
        { Date, TimeMicros, new DateTime(2024, 10, 4), "date", "time-micros" },
        { TimeMillis, Date, TimeSpan.FromSeconds(20), "time-millis", "date" },
        { TimeMillis, TimestampMillis, TimeSpan.FromSeconds(20), "time-millis", "timestamp-millis" },
        { TimestampMillis, TimeMicros, DateTime.UnixEpoch, "timestamp-millis", "time-micros" },
        { "\"string\"", Decimal, "12.34", "string", "decimal" },
        { "\"string\"", $"""["null",{Decimal}]""", "12.34", "string", "decimal" },
        { Decimal, "\"string\"", 12.34m, "decimal", "string" },
        { """{"type":"string","logicalType":"uuid"}""", Decimal, Guid.Empty, "uuid", "decimal" },
    };

    [Theory]
    [MemberData(nameof(OtherMeanings))]
    public async Task Values_that_mean_something_else_are_not_taken_for_the_fields(string writer, string reader, object value, string written, string wanted) => AssertIncompatible(
        await Assert.ThrowsAsync<RecordDecodingException>(() => ReadOneAsync(
            $$"""{"name":"a","type":{{writer}}}""",
            $$"""{"name":"a","type":{{reader}}}""",
            value is decimal number ? new global::Avro.AvroDecimal(number) : value)), // as test data it overflows the stack when it is printed
        "a",
        $"the writer's {written} does not fit the dataset's {wanted}");

    [Theory]
    [InlineData(Date, "\"long\"", 20_000L)]
    [InlineData(Date, "\"double\"", 20_000.0)]
    public async Task A_column_that_says_nothing_has_the_number_as_it_was_written(string writer, string reader, object expected) =>
        Assert.Equal([expected], await ReadOneAsync($$"""{"name":"a","type":{{writer}}}""", $$"""{"name":"a","type":{{reader}}}""", DateTime.UnixEpoch.AddDays(20_000)));

    [Fact]
    public async Task A_field_may_become_nullable_and_stop_being_so()
    {
        Assert.Equal([5.0], await ReadOneAsync(Fields("a:int"), """{"name":"a","type":["null","int"]}""", 5));
        Assert.Equal([5], await ReadOneAsync("""{"name":"a","type":["null","int"]}""", Fields("a:int"), 5));
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadOneAsync("""{"name":"a","type":["null","int"]}""", Fields("a:int"), [null]));
        Assert.Equal("a", e.Field);
        Assert.Contains("null", e.Message);
    }

    [Fact]
    public async Task Only_the_branch_that_a_record_has_must_fit()
    {
        const string writer = """{"name":"a","type":["null",{"type":"record","name":"N","fields":[{"name":"x","type":"string"}]}]}""";
        const string reader = """{"name":"a","type":["null",{"type":"record","name":"N","fields":[{"name":"x","type":"int"}]}]}""";
        Assert.Equal([double.NaN], await ReadOneAsync(writer, reader, [null]));
        var nested = (global::Avro.RecordSchema)((global::Avro.UnionSchema)Parse(Record(writer))["a"].Schema)[1];
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadOneAsync(writer, reader, Datum(nested, "text")));
        Assert.Equal("a.x", e.Field);
        Assert.Contains("string", e.Message);
    }

    [Fact]
    public async Task Enum_symbols_go_by_name_and_unknown_ones_to_the_default()
    {
        const string writer = """{"name":"e","type":{"type":"enum","name":"E","symbols":["C","NEW","A"]}}""";
        var schema = (global::Avro.EnumSchema)Parse(Record(writer))["e"].Schema;
        const string plain = """{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B","C"]}}""";
        const string withDefault = """{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B","C"],"default":"B"}}""";
        Assert.Equal([1u], await ReadOneAsync(writer, plain, new GenericEnum(schema, "A")));
        Assert.Equal([3u], await ReadOneAsync(writer, plain, new GenericEnum(schema, "C")));
        Assert.Equal([2u], await ReadOneAsync(writer, withDefault, new GenericEnum(schema, "NEW")));
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadOneAsync(writer, plain, new GenericEnum(schema, "NEW")));
        Assert.Equal("e", e.Field);
        Assert.Contains("'NEW'", e.Message);
    }

    [Fact]
    public async Task A_category_label_takes_the_enums_default_too()
    {
        const string writer = """{"name":"e","type":{"type":"enum","name":"E","symbols":["NEW","B","A"]}}""";
        const string reader = """{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"],"default":"B"}}""";
        MemoryRegistry registry = MemoryRegistry.Create();
        int id = registry.Add("t-value", Record(writer));
        registry.Add("t-value", Record(reader));
        var schema = (global::Avro.EnumSchema)Parse(Record(writer))["e"].Schema;
        var engine = new FakeEngine(FakePartition.Of(0, schema.Symbols.Select(s => Framed(id, Encode(Record(writer), new GenericEnum(schema, s))))));
        await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry.Client, Label = LabelColumn.Category("e") });
        Assert.Equal([[2u, 2u], [2u, 2u], [1u, 1u]], dataset.ToDataView(new MLContext()).Read("Label", "e"));
    }

    [Fact]
    public async Task Many_writers_schemas_mix_in_one_range()
    {
        string[] schemas =
        [
            Record(Fields("id:int")),
            Record("""{"name":"x","type":"float"},{"name":"id","type":"int"}"""),
            Record("""{"name":"id","type":"long"},{"name":"s","type":"string"},{"name":"x","type":["null","float"]}"""),
            Record("""{"name":"id","type":"long"},{"name":"x","type":["null","double"],"default":null},{"name":"s","type":"string","default":"none"}"""),
        ];
        MemoryRegistry registry = MemoryRegistry.Create();
        int[] ids = [.. schemas.Select(s => registry.Add("t-value", s))];
        var random = new Random(5);
        var values = new List<byte[]>();
        var expected = new List<object[]>();
        for (int i = 0; i < 5000; i++)
        {
            int version = random.Next(4);
            object?[] fields = version switch { 0 => [i], 1 => [i / 4f, i], 2 => [(long)i, $"s{i}", i % 3 == 0 ? null : i / 4f], _ => [(long)i, i % 5 == 0 ? null : i / 8.0, "t"] };
            values.Add(Framed(ids[version], Encode(schemas[version], fields)));
            expected.Add(version switch
            {
                0 => [(long)i, double.NaN, "none"],
                1 => [(long)i, i / 4.0, "none"],
                2 => [(long)i, i % 3 == 0 ? double.NaN : i / 4.0, $"s{i}"],
                _ => [(long)i, i % 5 == 0 ? double.NaN : i / 8.0, "t"],
            });
        }

        var engine = new FakeEngine(FakePartition.Of(0, values)) { ChunkRecords = 50 };
        await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry.Client, DecodeWorkers = 3 });
        Assert.Equal(expected, dataset.ToDataView(new MLContext()).Read("id", "x", "s"));
        Assert.Equal(expected, dataset.ToDataView(new MLContext()).Read("id", "x", "s"));
        Assert.All(registry.Asked.CountBy(q => q), asked => Assert.Equal(1, asked.Value));
    }

    [Fact]
    public async Task Random_evolutions_are_read_as_Apache_Avro_reads_them() => await Gen.Int.SampleAsync(
        async seed =>
        {
            var random = new Random(seed);
            (string writer, string reader) = RandomEvolution(random);
            global::Avro.RecordSchema writerSchema = Parse(writer);
            global::Avro.RecordSchema readerSchema = Parse(reader);
            object?[] values = [.. writerSchema.Fields.Select(f => RandomValue(f.Schema, random))];
            byte[] bytes = Encode(Datum(writerSchema, values));
            GenericRecord witness = new GenericDatumReader<GenericRecord>(writerSchema, readerSchema).Read(null!, new BinaryDecoder(new MemoryStream(bytes)));
            await using KafkaDataset dataset = await OpenAsync(writer, reader, bytes);
            object[] row = Assert.Single(dataset.ToDataView(new MLContext()).Read([.. dataset.Schema.Columns.Select(c => c.Name)]));
            Assert.Equal(dataset.Schema.Columns.Select(c => RandomAvro.Expected(witness, c)), row);
        },
        iter: 150,
        threads: 2);

    private const string A = """{"name":"a","type":"float"}""";

    /// <summary>Fields written as <c>name:type</c>.</summary>
    private static string Fields(string fields) => string.Join(',', fields.Split(' ').Select(f => $$"""{"name":"{{f.Split(':')[0]}}","type":"{{f.Split(':')[1]}}"}"""));

    private static async Task<object[]> ReadOneAsync(string writerFields, string readerFields, params object?[] values)
    {
        string writer = Record(writerFields);
        await using KafkaDataset dataset = await OpenAsync(writer, Record(readerFields), Encode(writer, values));
        return Assert.Single(dataset.ToDataView(new MLContext()).Read([.. dataset.Schema.Columns.Select(c => c.Name)]));
    }

    private static Task<KafkaDataset> OpenAsync(string writer, string reader, byte[] value)
    {
        MemoryRegistry registry = MemoryRegistry.Create();
        int id = registry.Add("t-value", writer);
        registry.Add("t-value", reader);
        return new FakeEngine(FakePartition.Of(0, [Framed(id, value)])).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry.Client });
    }

    private static void AssertIncompatible(RecordDecodingException e, string field, params string[] parts)
    {
        Assert.Equal(field, e.Field);
        Assert.Equal(100, e.SchemaId);
        Assert.All([$"'{field}'", "id 100", "id 101", .. parts], part => Assert.Contains(part, e.Message));
        SchemaException cause = Assert.IsType<SchemaException>(e.InnerException);
        Assert.Equal((100, field), (cause.SchemaId, cause.Field));
    }

    private static (string Writer, string Reader) RandomEvolution(Random random)
    {
        var writer = new List<string>();
        var reader = new List<string>();
        for (int i = 0; i < 8; i++)
        {
            string type = random.GetItems(["boolean", "int", "long", "float", "double", "string", "enum"], 1)[0];
            string from = type switch
            {
                "long" => random.GetItems(["int", "long"], 1)[0],
                "float" => random.GetItems(["int", "long", "float"], 1)[0],
                "double" => random.GetItems(["int", "long", "float", "double"], 1)[0],
                _ => type,
            };
            bool nullable = random.Next(3) == 0;
            string name = $"f{i}";
            if (random.Next(4) > 0)
            {
                writer.Insert(random.Next(writer.Count + 1), $$"""{"name":"{{name}}","type":{{OrNull(Json(from, i, 1), nullable && random.Next(2) == 0, random)}}}""");
            }

            string value = type switch { "boolean" => "true", "string" => "\"d\"", "enum" => "\"C\"", "float" or "double" => random.Next(100).ToString(CultureInfo.InvariantCulture) + ".5", _ => random.Next(100).ToString(CultureInfo.InvariantCulture) };
            string json = Json(type, i, 0);
            reader.Insert(random.Next(reader.Count + 1), $$"""{"name":"{{name}}","type":{{(nullable ? $"[{json},\"null\"]" : json)}},"default":{{value}}}""");
        }

        writer.Insert(random.Next(writer.Count + 1), """{"name":"gone","type":{"type":"array","items":["null","string",{"type":"map","values":"double"}]}}""");
        return (Record(string.Join(',', writer)), Record(string.Join(',', reader)));
    }

    private static string Json(string type, int i, int shift) => type == "enum"
        ? $$"""{"type":"enum","name":"E{{i}}","symbols":[{{(shift == 0 ? "\"A\",\"B\",\"C\"" : "\"C\",\"A\",\"NEW\"")}}],"default":"C"}"""
        : $"\"{type}\"";

    private static string OrNull(string type, bool nullable, Random random) => !nullable ? type : random.Next(2) == 0 ? $"[\"null\",{type}]" : $"[{type},\"null\"]";

    private static object? RandomValue(global::Avro.Schema schema, Random random) => schema switch
    {
        global::Avro.UnionSchema union => RandomValue(union[random.Next(union.Count)], random),
        global::Avro.EnumSchema symbols => new GenericEnum(symbols, symbols.Symbols[random.Next(symbols.Count)]),
        global::Avro.ArraySchema => new object?[] { null, "x", new Dictionary<string, object> { ["k"] = 1.5 } },
        { Tag: global::Avro.Schema.Type.Null } => null,
        { Tag: global::Avro.Schema.Type.Boolean } => random.Next(2) == 0,
        { Tag: global::Avro.Schema.Type.Int } => random.Next(int.MinValue, int.MaxValue),
        { Tag: global::Avro.Schema.Type.Long } => random.NextInt64(long.MinValue, long.MaxValue),
        { Tag: global::Avro.Schema.Type.Float } => random.NextSingle(),
        { Tag: global::Avro.Schema.Type.Double } => random.NextDouble(),
        _ => new string('é', random.Next(5)),
    };
}
