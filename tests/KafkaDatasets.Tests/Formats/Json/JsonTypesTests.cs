using System.Text;
using Confluent.SchemaRegistry;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.MLNet.Contract;
using KafkaDatasets.Tests.Schemas;
using Microsoft.ML;
using Xunit;
using static KafkaDatasets.Tests.Formats.Avro.AvroBytes;

namespace KafkaDatasets.Tests.Formats.Json;

/// <summary>Several types in one topic, by one schema that is a choice of them or by a schema for each; and values of several types.</summary>
public sealed class JsonTypesTests
{
    private const string Placed = """{"title":"OrderPlaced","type":"object","properties":{"id":{"type":"integer"},"amount":{"type":"number"}}}""";
    private const string Refunded = """{"title":"OrderRefunded","type":"object","properties":{"id":{"type":"integer"},"amount":{"type":"number"}}}""";
    private const string Order = """{"title":"com.shop.Order","type":"object","properties":{"id":{"type":"integer"},"amount":{"type":"number"},"tags":{"type":"array","items":{"type":"string"}}}}""";
    private const string Refund = """{"title":"com.shop.Refund","type":"object","properties":{"refund":{"type":"integer"},"reason":{"type":"string"},"amount":{"type":"string"}}}""";
    private const string Both = """{"oneOf":[{"$ref":"order.json"},{"$ref":"refund.json"}]}""";

    private readonly MemoryRegistry _registry = MemoryRegistry.Create();

    [Fact]
    public async Task A_choice_of_types_has_the_columns_of_each()
    {
        int id = AddBoth("t-value");
        await using KafkaDataset dataset = await OpenAsync(
            RecordFormat.Registry,
            Record(id, """{"id":1,"amount":2.5,"tags":["a","b"]}"""),
            Record(id, """{"refund":7,"reason":"late"}"""),
            Record(id, """{"id":3}"""),
            Record(id, """{"amount":"1.50","refund":8}"""));
        Assert.Equal(
            [("Order.id", ColumnType.Double), ("Order.amount", ColumnType.Double), ("Order.tags", ColumnType.Text), ("Refund.refund", ColumnType.Double), ("Refund.reason", ColumnType.Text), ("Refund.amount", ColumnType.Text)],
            dataset.Schema.Columns.Select(c => (c.Name, c.Type)));
        Assert.All(dataset.Schema.Columns, c => Assert.True(c.IsNullable));
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.Equal(
            [[1.0, 2.5, new[] { "a", "b" }, double.NaN, "", ""], [double.NaN, double.NaN, Array.Empty<string>(), 7.0, "late", ""], [3.0, double.NaN, Array.Empty<string>(), double.NaN, "", ""], [double.NaN, double.NaN, Array.Empty<string>(), 8.0, "", "1.50"]],
            view.Read("Order.id", "Order.amount", "Order.tags", "Refund.refund", "Refund.reason", "Refund.amount"));
        DataViewConformance.Check(view);
    }

    [Theory]
    [InlineData("""{"$defs":{"A":{"type":"object","properties":{"x":{"type":"integer"}}},"B":{"type":"object","properties":{"y":{"type":"integer"}}}},"oneOf":[{"$ref":"#/$defs/A"},{"$ref":"#/$defs/B"}]}""", "A.x,B.y")]
    [InlineData("""{"anyOf":[{"title":"A","type":"object","properties":{"x":{"type":"integer"}}},{"type":"object","properties":{"y":{"type":"integer"}}},{"type":"object","properties":{"z":{"type":"integer"}}}]}""", "A.x,object.y,object2.z")]
    [InlineData("""{"oneOf":[{"title":"A","type":"object","properties":{"x":{"type":"integer"}}},{"oneOf":[{"title":"B","type":"object","properties":{"y":{"type":"integer"}}},{"title":"C","type":"object","properties":{"z":{"type":"integer"}}}]}]}""", "A.x,B.y,C.z")]
    public async Task Types_are_named_by_title_or_reference(string schema, string columns)
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json(schema), new FakeRecord(0, "{\"y\":5}"u8.ToArray()));
        Assert.Equal(columns, string.Join(',', dataset.Schema.Columns.Select(c => c.Name)));
        string y = dataset.Schema.Columns.Single(c => c.Name.EndsWith(".y", StringComparison.Ordinal)).Name;
        Assert.Equal([[5.0, double.NaN]], dataset.ToDataView(new MLContext()).Read(y, dataset.Schema.Columns[0].Name));
    }

    /// <summary>The type is told by required members, constants, the kinds of values, and what members there are.</summary>
    [Theory]
    [InlineData("""{"type":"a","v":1}""", "A.v")]
    [InlineData("""{"type":"b","v":1}""", "B.v")]
    [InlineData("""{"v":1,"must":true}""", "C.v")]
    [InlineData("""{"v":"text"}""", "D.v")]
    public async Task A_type_is_told_by_what_its_schema_says(string text, string column)
    {
        const string Schema = """
            {"oneOf":[
              {"title":"A","type":"object","required":["type"],"properties":{"type":{"const":"a"},"v":{"type":"integer"}}},
              {"title":"B","type":"object","required":["type"],"properties":{"type":{"enum":["b"]},"v":{"type":"integer"}}},
              {"title":"C","type":"object","required":["must"],"properties":{"must":{"type":"boolean"},"v":{"type":"integer"}}},
              {"title":"D","type":"object","additionalProperties":false,"properties":{"v":{"type":"string"}}}]}
            """;
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json(Schema), new FakeRecord(0, Encoding.UTF8.GetBytes(text)));
        string[] columns = ["A.v", "B.v", "C.v", "D.v"];
        object[] row = dataset.ToDataView(new MLContext()).Read(columns)[0];
        Assert.Equal([column], columns.Where((_, i) => row[i] is double and not double.NaN or string { Length: > 0 }));
    }

    [Fact]
    public async Task A_value_that_is_of_no_type_is_a_bad_record()
    {
        int id = AddBoth("t-value");
        foreach (string text in (string[])["""{"other":1}""", "5", "[]", "null"])
        {
            await using KafkaDataset dataset = await OpenAsync(RecordFormat.Registry, Record(id, text));
            RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("Order.id"));
            Assert.Contains("one of the types Order, Refund", e.Message);
        }
    }

    [Fact]
    public async Task By_the_subject_of_one_type_the_others_are_bad_records()
    {
        int id = AddBoth("t-value");
        FakeRecord[] records = [Record(id, """{"id":1,"amount":2.5}"""), Record(id, """{"refund":7,"reason":"late"}""", 1), Record(id, """{"id":3}""", 2), Record(id, "{\"nothing\":1}", 3)];
        await using KafkaDataset throwing = await OpenAsync(RecordFormat.RegistrySubject("order"), records);
        Assert.Equal(["id", "amount", "tags"], throwing.Schema.Columns.Select(c => c.Name));
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => throwing.ToDataView(new MLContext()).Read("id"));
        Assert.Equal(1, e.Offset);
        Assert.Contains("of the type Refund", e.Message);
        await using KafkaDataset skipping = await OpenAsync(RecordFormat.RegistrySubject("order"), BadRecordPolicy.Skip, records);
        Assert.Equal([[1.0, 2.5], [3.0, double.NaN]], skipping.ToDataView(new MLContext()).Read("id", "amount"));
        Assert.Equal(2, skipping.SkippedRecords);
        Assert.Equal([[1.0], [3.0]], skipping.ToDataView(new MLContext()).Read("id"));
    }

    /// <summary>A value that the dataset's type and another fit alike may be of the other type.</summary>
    [Fact]
    public async Task By_the_subject_of_one_type_a_value_that_may_be_of_another_is_a_bad_record()
    {
        _registry.Add("OrderPlaced", Placed, type: SchemaType.Json);
        _registry.Add("OrderRefunded", Refunded, type: SchemaType.Json);
        int both = _registry.Add("t-value", """{"oneOf":[{"$ref":"a"},{"$ref":"b"}]}""", type: SchemaType.Json, references: [new SchemaReference("a", "OrderPlaced", 1), new SchemaReference("b", "OrderRefunded", 1)]);
        foreach (string subject in (string[])["OrderPlaced", "OrderRefunded"])
        {
            await using KafkaDataset dataset = await OpenAsync(RecordFormat.RegistrySubject(subject), Record(both, """{"id":1}"""));
            Assert.Contains("fits the types OrderPlaced and OrderRefunded alike", Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("id")).Message);
        }
    }

    /// <summary>The dataset's schema is a choice; each record has the schema of its own type, whose title names it.</summary>
    [Fact]
    public async Task A_writers_title_names_the_type_of_a_choice()
    {
        int placed = _registry.Add("OrderPlaced", Placed, type: SchemaType.Json);
        int refunded = _registry.Add("OrderRefunded", Refunded, type: SchemaType.Json);
        int other = _registry.Add("Other", """{"title":"Other","type":"object","properties":{"id":{"type":"integer"}}}""", type: SchemaType.Json);
        _registry.Add("t-value", """{"oneOf":[{"$ref":"a"},{"$ref":"b"}]}""", type: SchemaType.Json, references: [new SchemaReference("a", "OrderPlaced", 1), new SchemaReference("b", "OrderRefunded", 1)]);
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Registry, BadRecordPolicy.Skip, Record(refunded, """{"id":1}"""), Record(placed, """{"id":2}"""), Record(other, """{"id":3}"""), Record(refunded, "{}"));
        Assert.Equal([[double.NaN, 1.0], [2.0, double.NaN], [double.NaN, double.NaN]], dataset.ToDataView(new MLContext()).Read("OrderPlaced.id", "OrderRefunded.id"));
        Assert.Equal(1, dataset.SkippedRecords);
    }

    [Fact]
    public async Task The_type_of_a_subject_without_a_title_is_found_by_its_members()
    {
        const string A = """{"type":"object","properties":{"id":{"type":"integer"},"amount":{"type":"number"}}}""";
        const string B = """{"type":"object","properties":{"reason":{"type":"string"}}}""";
        _registry.Add("a", A, type: SchemaType.Json);
        _registry.Add("b", B, type: SchemaType.Json);
        int both = _registry.Add("t-value", """{"oneOf":[{"$ref":"a.json"},{"$ref":"b.json"}]}""", type: SchemaType.Json, references: [new SchemaReference("a.json", "a", 1), new SchemaReference("b.json", "b", 1)]);
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.RegistrySubject("a"), BadRecordPolicy.Skip, Record(both, """{"id":1}"""), Record(both, """{"reason":"x"}"""));
        Assert.Equal([[1.0, double.NaN]], dataset.ToDataView(new MLContext()).Read("id", "amount"));
        Assert.Equal(1, dataset.SkippedRecords);
    }

    /// <summary>Two schemas, two titles, the same members.</summary>
    [Fact]
    public async Task Records_with_a_schema_of_another_title_are_bad()
    {
        int placed = _registry.Add("OrderPlaced", Placed, type: SchemaType.Json);
        int refunded = _registry.Add("OrderRefunded", Refunded, type: SchemaType.Json);
        FakeRecord[] records = [.. Enumerable.Range(0, 6).Select(i => Record(i % 2 == 0 ? placed : refunded, $$"""{"id":{{i}},"amount":1}""", i))];
        await using KafkaDataset throwing = await OpenAsync(RecordFormat.RegistrySubject("OrderPlaced"), records);
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => throwing.ToDataView(new MLContext()).Read("id"));
        Assert.Equal((1L, refunded), (e.Offset, e.SchemaId));
        Assert.Contains("'OrderRefunded'", e.Message);
        Assert.Contains("BadRecordPolicy.Skip", e.Message);
        foreach (RecordFormat format in (RecordFormat[])[RecordFormat.RegistrySubject("OrderPlaced"), RecordFormat.Registry]) // the latter: by the first record, without a subject
        {
            await using KafkaDataset skipping = await OpenAsync(format, BadRecordPolicy.Skip, records);
            Assert.Equal([[0.0], [2.0], [4.0]], skipping.ToDataView(new MLContext()).Read("id"));
            Assert.Equal(3, skipping.SkippedRecords);
        }
    }

    [Fact]
    public async Task A_subject_may_change_the_title_of_its_type()
    {
        int first = _registry.Add("t-value", Placed, type: SchemaType.Json);
        _registry.Add("t-value", Placed.Replace("number", "integer", StringComparison.Ordinal), type: SchemaType.Json);
        int third = _registry.Add("t-value", Refunded, type: SchemaType.Json);
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Registry, Record(first, """{"id":1}"""), Record(third, """{"id":2}""", 1));
        Assert.Equal([[1.0], [2.0]], dataset.ToDataView(new MLContext()).Read("id"));
    }

    [Fact]
    public async Task Schemas_without_titles_are_of_another_type_where_they_share_no_member()
    {
        int own = _registry.Add("own", """{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}}}""", type: SchemaType.Json);
        int older = _registry.Add("other", """{"type":"object","properties":{"b":{"type":"integer"}}}""", type: SchemaType.Json);
        int other = _registry.Add("other", """{"type":"object","properties":{"c":{"type":"integer"}}}""", type: SchemaType.Json);
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.RegistrySubject("own"), BadRecordPolicy.Skip, Record(own, """{"a":1}"""), Record(older, """{"b":2}""", 1), Record(other, """{"c":3}""", 2));
        Assert.Equal([[1.0, double.NaN], [double.NaN, 2.0]], dataset.ToDataView(new MLContext()).Read("a", "b"));
        Assert.Equal(1, dataset.SkippedRecords);
    }

    [Fact]
    public async Task Members_of_several_types_have_a_column_for_each()
    {
        const string Schema = """{"type":"object","properties":{"u":{"type":["null","integer","string"]},"l":{"type":"array","items":{"oneOf":[{"type":"number"},{"title":"P","type":"object","properties":{"x":{"type":"number"}}}]}}}}""";
        await using KafkaDataset dataset = await OpenAsync(
            RecordFormat.Json(Schema),
            new FakeRecord(0, """{"u":5,"l":[1,{"x":2},3]}"""u8.ToArray()),
            new FakeRecord(1, """{"u":"text","l":[{"x":4}]}"""u8.ToArray()),
            new FakeRecord(2, """{"u":null}"""u8.ToArray()));
        Assert.Equal(
            [[5.0, "", new[] { 1, double.NaN, 3 }, new[] { double.NaN, 2, double.NaN }], [double.NaN, "text", new[] { double.NaN }, new[] { 4.0 }], [double.NaN, "", Array.Empty<double>(), Array.Empty<double>()]],
            dataset.ToDataView(new MLContext()).Read("u.integer", "u.string", "l.number", "l.P.x"));
    }

    [Theory]
    [InlineData("""{"type":"number","connect.type":"bytes","connect.parameters":{"scale":"2"}}""", "\"BNI=\"", 12.34)]
    [InlineData("""{"type":"number","title":"org.apache.kafka.connect.data.Decimal","connect.version":1,"connect.type":"bytes","connect.parameters":{"scale":"2"}}""", "\"BNI=\"", 12.34)]
    [InlineData("""{"type":"number","title":"org.apache.kafka.connect.data.Decimal","connect.type":"bytes","connect.parameters":{"scale":"2"}}""", "12.34", 12.34)]
    [InlineData("""{"oneOf":[{"type":"null"},{"type":"number","connect.type":"bytes","connect.parameters":{"scale":"2"}}]}""", "null", double.NaN)]
    [InlineData("""{"oneOf":[{"type":"null"},{"type":"number","connect.type":"bytes","connect.parameters":{"scale":"2"}}]}""", "\"BNI=\"", 12.34)]
    public async Task Decimals_of_Kafka_Connect_are_numbers(string schema, string value, double expected)
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json($$$"""{"type":"object","properties":{"price":{{{schema}}}}}"""), new FakeRecord(0, Encoding.UTF8.GetBytes($$"""{"price":{{value}}}""")));
        Assert.Equal([[expected]], dataset.ToDataView(new MLContext()).Read("price"));
    }

    [Theory]
    [InlineData("org.apache.kafka.connect.data.Timestamp", "1764000000000", "2025-11-24T16:00:00")]
    [InlineData("org.apache.kafka.connect.data.Date", "20417", "2025-11-25T00:00:00")]
    [InlineData("io.debezium.time.MicroTimestamp", "1764000000000000", "2025-11-24T16:00:00")]
    [InlineData("io.debezium.time.Timestamp", "1764000000000", "2025-11-24T16:00:00")]
    public async Task Times_of_Kafka_Connect_and_Debezium_are_times(string title, string value, string expected)
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json($$$$"""{"type":"object","required":["at"],"properties":{"at":{"type":"integer","title":"{{{{title}}}}","connect.type":"int64"}}}"""), new FakeRecord(0, Encoding.UTF8.GetBytes($$$"""{"at":{{{value}}}}""")));
        object time = dataset.ToDataView(new MLContext()).Read("at")[0][0];
        Assert.Equal(expected, (time is DateTimeOffset instant ? instant.UtcDateTime : (DateTime)time).ToString("s", System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Python and others write NaN and infinity without quotes: then they are numbers, as 12 is.</summary>
    [Theory]
    [InlineData("NaN", double.NaN, "")]
    [InlineData("Infinity", double.PositiveInfinity, "")]
    [InlineData("-Infinity", double.NegativeInfinity, "")]
    [InlineData("\"NaN\"", double.NaN, "NaN")]
    [InlineData("\"-Infinity\"", double.NaN, "-Infinity")]
    [InlineData("\"not NaN\"", double.NaN, "not NaN")]
    [InlineData("\"\\\"NaN\"", double.NaN, "\"NaN")]
    [InlineData("12", 12.0, "")]
    public async Task A_word_without_quotes_is_the_number_of_a_choice(string value, double number, string text)
    {
        foreach (string types in (string[])["""{"type":"number"},{"type":"string"}""", """{"type":"string"},{"type":"number"}"""])
        {
            FakeRecord[] records = [.. ((string[])[$$"""{"w":{{value}}}""", $$"""{"t":"NaN","w": {{value}} ,"d":-Infinity}"""]).Select(t => new FakeRecord(0, Encoding.UTF8.GetBytes(t)))];
            await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json($$$"""{"type":"object","properties":{"t":{"type":"string"},"w":{"oneOf":[{{{types}}}]},"d":{"type":"number"} } }"""), records);
            Assert.Equal([[number, text, ""], [number, text, "NaN"]], dataset.ToDataView(new MLContext()).Read("w.number", "w.string", "t"));
        }
    }

    [Fact]
    public async Task A_word_without_quotes_tells_the_type_of_an_object()
    {
        const string Schema = """{"oneOf":[{"title":"A","type":"object","properties":{"v":{"type":"string"},"a":{"type":"integer"}}},{"title":"B","type":"object","properties":{"v":{"type":"number"},"b":{"type":"integer"}}}]}""";
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json(Schema), [.. ((string[])["""{"v":Infinity}""", """{"v":"Infinity"}"""]).Select(t => new FakeRecord(0, Encoding.UTF8.GetBytes(t)))]);
        Assert.Equal([["", double.PositiveInfinity], ["Infinity", double.NaN]], dataset.ToDataView(new MLContext()).Read("A.v", "B.v"));
    }

    [Theory]
    [InlineData("""{"a.b":2}""", 2.0)]
    [InlineData("""{"a":{"b":1}}""", 1.0)]
    [InlineData("""{"a":{"b":1,"c":3},"a.b":2}""", 2.0)]
    [InlineData("""{"a.b":2,"a":{"b":1,"c":3}}""", 2.0)]
    [InlineData("""{"a.b":2,"a":{"c":3}}""", 2.0)]
    [InlineData("""{"a.b":2,"a":null}""", 2.0)]
    [InlineData("""{"a.b":null,"a":{"b":1}}""", double.NaN)]
    [InlineData("""{"a":{"b":1},"\u0061.b":2}""", 2.0)]
    [InlineData("{}", double.NaN)]
    public async Task A_member_with_a_dot_in_its_name_goes_before_a_path_of_the_same_name(string text, double expected)
    {
        const string Whole = "\"a.b\":{\"type\":\"integer\"}";
        const string Path = """ "a":{"type":["object","null"],"properties":{"b":{"type":"integer"},"c":{"type":"number"}},"required":["b"]}""";
        foreach (string members in (string[])[$"{Whole},{Path}", $"{Path},{Whole}"])
        {
            await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json($$$"""{"type":"object","properties":{{{{members}}}},"required":["a.b"]}"""), new FakeRecord(0, Encoding.UTF8.GetBytes(text)));
            Assert.Equal([[expected, text.Contains("\"c\"", StringComparison.Ordinal) ? 3.0 : double.NaN]], dataset.ToDataView(new MLContext()).Read("a.b", "a.c"));
            Assert.Equal([[expected]], dataset.ToDataView(new MLContext()).Read("a.b"));
            Assert.True(dataset.Schema.Columns.Single(c => c.Name == "a.b").IsNullable);
        }
    }

    [Theory]
    [InlineData(""" "a.b":{"type":"string"},"a":{"type":"object","properties":{"b":{"type":"number"}}}""")]
    [InlineData(""" "a":{"type":"object","properties":{"b":{"type":"number"}}},"a.b":{"type":"array","items":{"type":"number"}}""")]
    [InlineData(""" "a":{"type":"array","items":{"type":"object","properties":{"b":{"type":"number"}}}},"a.b":{"type":"number"}""")]
    [InlineData(""" "a":{"type":"object","properties":{"b":{"type":"object","properties":{"c":{"type":"number"}}}}},"a.b":{"type":"object","properties":{"c":{"type":"number"}}}""")]
    public async Task A_member_and_a_path_of_one_name_and_other_types_are_refused(string members)
    {
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(RecordFormat.Json($$"""{"type":"object","properties":{ {{members}} } }"""), new FakeRecord(0, "{}"u8.ToArray())));
        Assert.Contains("'a.b'", e.Message);
    }

    private int AddBoth(string subject)
    {
        _registry.Add("order", Order, type: SchemaType.Json);
        _registry.Add("refund", Refund, type: SchemaType.Json);
        return _registry.Add(subject, Both, type: SchemaType.Json, references: [new SchemaReference("order.json", "order", 1), new SchemaReference("refund.json", "refund", 1)]);
    }

    private static FakeRecord Record(int id, string text, long offset = 0) => new(offset, Framed(id, Encoding.UTF8.GetBytes(text)));

    private Task<KafkaDataset> OpenAsync(RecordFormat format, params FakeRecord[] records) => OpenAsync(format, BadRecordPolicy.Throw, records);

    private Task<KafkaDataset> OpenAsync(RecordFormat format, BadRecordPolicy policy, params FakeRecord[] records) =>
        new FakeEngine(FakePartition.Of(0, [.. records.Select((r, i) => r with { Offset = i })])).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = _registry.Client, Format = format, OnBadRecord = policy });
}
