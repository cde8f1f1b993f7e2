using System.Text;
using Avro;
using Avro.Generic;
using Google.Protobuf.Reflection;
using KafkaDatasets.Formats;
using KafkaDatasets.Formats.Avro;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

public sealed class ViewEncoderTests
{
    private static readonly KafkaWriterOptions Options = new() { BootstrapServers = "unused:1", Framing = SchemaFraming.None, RecordName = "Event", RecordNamespace = "n" };

    private readonly MLContext _ml = new(1);

    [Fact]
    public void Each_column_is_a_field()
    {
        IDataView view = _ml.Data.LoadFromEnumerable([new Row { Flag = true, Small = -3, Whole = 5, Big = long.MaxValue, Unsigned = uint.MaxValue, Single = float.NaN, Precise = 0.1, Text = "é", Vector = [1, 2, 3], Ragged = [7] }]);
        RecordSchema schema = Schema(view);
        Assert.Equal("n.Event", schema.Fullname);
        Assert.Equal(
            ["Flag boolean", "Small int", "Whole int", "Big long", "Unsigned long", "Single float", "Precise double", "Text string", "Vector array of float", "Ragged array of double"],
            schema.Fields.Select(f => f.Name + " " + (f.Schema is ArraySchema array ? $"array of {array.ItemSchema.Name}" : f.Schema.Name)));

        GenericRecord record = Assert.Single(Encode(view, schema));
        Assert.True((bool)record["Flag"]);
        Assert.Equal(-3, record["Small"]);
        Assert.Equal(5, record["Whole"]);
        Assert.Equal(long.MaxValue, record["Big"]);
        Assert.Equal(4294967295L, record["Unsigned"]);
        Assert.Equal(float.NaN, record["Single"]);
        Assert.Equal(0.1, record["Precise"]);
        Assert.Equal("é", record["Text"]);
        Assert.Equal(new object[] { 1f, 2f, 3f }, (object[])record["Vector"]);
        Assert.Equal(new object[] { 7d }, (object[])record["Ragged"]);
    }

    [Fact]
    public void Keys_are_enums_strings_or_numbers_and_null_when_missing()
    {
        IDataView texts = _ml.Data.LoadFromEnumerable([new Texts { Word = "ham", Phrase = "of pork", Number = 2.5f }, new Texts { Word = "egg", Phrase = "of hen", Number = 7 }]);
        IDataView keys = _ml.Transforms.Conversion.MapValueToKey([new InputOutputColumnPair("Word"), new("Phrase"), new("Number")]).Fit(texts)
            .Transform(_ml.Data.LoadFromEnumerable([new Texts { Word = "egg", Phrase = "of pork", Number = 7 }, new Texts { Word = "?", Phrase = "?", Number = -1 }]));
        RecordSchema schema = Schema(keys);
        GenericRecord[] records = Encode(keys, schema);
        Assert.Equal("egg", ((GenericEnum)records[0]["Word"]).Value);
        Assert.Equal("of pork", records[0]["Phrase"]);
        Assert.Equal("7", records[0]["Number"]);
        Assert.All(["Word", "Phrase", "Number"], name => Assert.Null(records[1][name]));

        IDataView bare = _ml.Data.LoadFromEnumerable([new Keyed { Group = 3 }, new Keyed { Group = 10 }]);
        GenericRecord[] numbers = Encode(bare, Schema(bare));
        Assert.Equal(3, numbers[0]["Group"]);
        Assert.Null(numbers[1]["Group"]);
    }

    [Fact]
    public void A_missing_key_where_the_given_schema_has_no_null_is_refused()
    {
        IDataView view = _ml.Data.LoadFromEnumerable([new Keyed { Group = 2 }, new Keyed { Group = 10 }]);
        RecordSchema schema = (RecordSchema)Avro.Schema.Parse(Encoded.Schema("""{"name":"Group","type":"long"}"""));
        Assert.Equal("Group", Assert.Throws<SchemaException>(() => Encode(view, schema)).Field);
    }

    [Fact]
    public void Sparse_vectors_are_written_in_full()
    {
        IDataView view = _ml.Transforms.Categorical.OneHotEncoding("Out", "Word", OneHotEncodingEstimator.OutputKind.Indicator)
            .Fit(_ml.Data.LoadFromEnumerable([new Texts { Word = "a" }, new Texts { Word = "b" }, new Texts { Word = "c" }]))
            .Transform(_ml.Data.LoadFromEnumerable([new Texts { Word = "b" }]));
        GenericRecord record = Assert.Single(Encode(view, (RecordSchema)Avro.Schema.Parse(Encoded.Schema("""{"name":"Out","type":{"type":"array","items":"float"}}"""))));
        Assert.Equal(new object[] { 0f, 1f, 0f }, (object[])record["Out"]);
    }

    [Fact]
    public void Hidden_columns_are_left_out()
    {
        IDataView view = _ml.Transforms.CopyColumns("Single", "Whole").Fit(_ml.Data.LoadFromEnumerable([new Row { Vector = [1, 2, 3] }])).Transform(_ml.Data.LoadFromEnumerable([new Row { Whole = 4, Vector = [1, 2, 3] }]));
        RecordSchema schema = Schema(view);
        Assert.Equal("int", Assert.Single(schema.Fields, f => f.Name == "Single").Schema.Name);
        Assert.Equal(4, Assert.Single(Encode(view, schema))["Single"]);
    }

    [Fact]
    public void Every_column_without_an_Avro_field_is_named()
    {
        IDataView view = _ml.Transforms.CopyColumns("a b", "Whole").Append(_ml.Transforms.CopyColumns("1st", "Whole")).Fit(_ml.Data.LoadFromEnumerable([new Dated()])).Transform(_ml.Data.LoadFromEnumerable([new Dated()]));
        SchemaException e = Assert.Throws<SchemaException>(() => Schema(view));
        Assert.Contains("'a b'", e.Message);
        Assert.Contains("'1st'", e.Message);
        Assert.Contains("'When'", e.Message);
        Assert.DoesNotContain("'Whole'", e.Message);
    }

    [Fact]
    public void A_field_without_a_column_is_named()
    {
        IDataView view = _ml.Data.LoadFromEnumerable([new Keyed()]);
        Assert.Equal("nope", Assert.Throws<SchemaException>(() => Encode(view, (RecordSchema)Avro.Schema.Parse(Encoded.Schema("""{"name":"nope","type":"long"}""")))).Field);
    }

    [Fact]
    public void A_dot_in_a_name_leads_into_a_record()
    {
        IDataView view = Nested();
        Assert.Equal(
            """{"type":"record","name":"Event","namespace":"n","fields":[{"name":"inner","type":{"type":"record","name":"innerRecord","fields":[{"name":"deep","type":{"type":"record","name":"inner_deepRecord","fields":[{"name":"y","type":"double"}]}},{"name":"x","type":"float"}]}},{"name":"id","type":"int"},{"name":"items","type":{"type":"record","name":"itemsRecord","fields":[{"name":"x","type":{"type":"array","items":"float"}}]}},{"name":"Event","type":{"type":"record","name":"EventRecord","fields":[{"name":"at","type":["null",{"type":"long","logicalType":"local-timestamp-micros"}],"default":null}]}}]}""",
            AvroDocument.Of(Encoded.Shape(view, Options)));
        GenericRecord record = Assert.Single(Encode(view, Schema(view)));
        var inner = (GenericRecord)record["inner"];
        Assert.Equal((1.5, 2.5f, 3), (((GenericRecord)inner["deep"])["y"], inner["x"], record["id"]));
        Assert.Equal(new object[] { 4f, 5f }, (object[])((GenericRecord)record["items"])["x"]);
        Assert.Null(((GenericRecord)record["Event"])["at"]);

        Assert.Equal("""{"inner":{"deep":{"y":1.5},"x":2.5},"id":3,"items":{"x":[4,5]},"Event":{"at":null}}""", Encoding.UTF8.GetString(Assert.Single(Encoded.Bytes(view, Encoded.Options(WriteFormat.Json)))));
        Assert.Equal("1.5,3,2.5,4,5,", Encoding.UTF8.GetString(Assert.Single(Encoded.Bytes(view, Encoded.Options(WriteFormat.Csv)))));
        var file = FileDescriptorProto.Parser.ParseFrom(Convert.FromBase64String(Document(view, WriteFormat.Protobuf)));
        Assert.Equal(["Row: inner id items Event", "innerRecord: deep x", "inner_deepRecord: y", "itemsRecord: x", "EventRecord: at"], file.MessageType.Select(m => $"{m.Name}: {string.Join(' ', m.Field.Select(f => f.Name))}"));
    }

    [Fact]
    public void A_schema_that_is_given_picks_columns_within_records_too()
    {
        RecordSchema schema = (RecordSchema)Avro.Schema.Parse(Encoded.Schema("""{"name":"inner","type":["null",{"type":"record","name":"I","fields":[{"name":"x","type":["float","null"]}]}]}"""));
        Assert.Equal(2.5f, ((GenericRecord)Assert.Single(Encode(Nested(), schema))["inner"])["x"]);
        RecordSchema missing = (RecordSchema)Avro.Schema.Parse(Encoded.Schema("""{"name":"inner","type":{"type":"record","name":"I","fields":[{"name":"x","type":"float"},{"name":"z","type":"float"}]}}"""));
        Assert.Equal("inner.z", Assert.Throws<SchemaException>(() => Encode(Nested(), missing)).Field);
        KafkaWriterOptions json = Encoded.Options(WriteFormat.Json, """{"type":"object","properties":{"inner":{"type":"object"}}}""");
        Assert.Equal("""{"inner":{"deep":{"y":1.5},"x":2.5}}""", Encoding.UTF8.GetString(Assert.Single(Encoded.Bytes(Nested(), json))));
    }

    [Fact]
    public void A_column_that_would_be_a_field_and_a_record_is_named_with_the_one_that_makes_it_so()
    {
        IDataView view = _ml.Transforms.CopyColumns("inner.deep", "id").Append(_ml.Transforms.CopyColumns("id.z", "id")).Fit(Nested()).Transform(Nested());
        foreach (WriteFormat format in (WriteFormat[])[WriteFormat.Avro, WriteFormat.Json, WriteFormat.Protobuf])
        {
            InvalidOptionsException e = Assert.Throws<InvalidOptionsException>(() => Encoded.Shape(view, Encoded.Options(format)));
            Assert.Equal(2, e.Faults.Count);
            Assert.All((string[])["'inner.deep'", "'inner.deep.y'", "'id'", "'id.z'", "rename", "SelectColumns"], part => Assert.Contains(part, e.Message));
        }

        Assert.Contains(Encoded.Shape(view, Encoded.Options(WriteFormat.Csv)).Fields, f => f.Name == "inner.deep.y");
    }

    [Fact]
    public void Types_within_a_view_have_names_of_their_own()
    {
        IDataView view = _ml.Transforms.CopyColumns("a_b.c", "id").Append(_ml.Transforms.CopyColumns("a.b.c", "id")).Append(_ml.Transforms.CopyColumns("Row.x", "id")).Append(_ml.Transforms.SelectColumns("a_b.c", "a.b.c", "Row.x")).Fit(Nested()).Transform(Nested());
        string schema = Document(view, WriteFormat.Avro, "RowRecord");
        Assert.All((string[])["\"a_bRecord\"", "\"a_bRecord_\"", "\"RowRecord_\""], name => Assert.Equal(2, schema.Split(name).Length));
        GenericRecord record = Assert.Single(Encode(view, (RecordSchema)Avro.Schema.Parse(schema)));
        Assert.Equal(3, ((GenericRecord)((GenericRecord)record["a"])["b"])["c"]);
    }

    [Fact]
    public void Records_are_bounded_in_depth_and_names_that_are_no_path_stay_as_they_are()
    {
        IDataView deep = _ml.Transforms.CopyColumns(string.Join('.', Enumerable.Repeat("a", 32)), "id").Fit(Nested()).Transform(Nested());
        Assert.Contains("nested more than 30 deep", Assert.Throws<SchemaException>(() => Document(deep, WriteFormat.Json)).Message);
        IDataView dots = _ml.Transforms.CopyColumns("..", "id").Append(_ml.Transforms.SelectColumns("..")).Fit(Nested()).Transform(Nested());
        Assert.Equal("""{"..":3}""", Encoding.UTF8.GetString(Assert.Single(Encoded.Bytes(dots, Encoded.Options(WriteFormat.Json)))));
        Assert.Contains("'..'", Assert.Throws<SchemaException>(() => Document(dots, WriteFormat.Avro)).Message);
        IDataView named = _ml.Transforms.CopyColumns("in.a b", "id").Fit(Nested()).Transform(Nested());
        Assert.Contains("'in.a b'", Assert.Throws<SchemaException>(() => Document(named, WriteFormat.Protobuf)).Message);
    }

    [Fact]
    public void A_duration_longer_than_Protobufs_is_refused()
    {
        IDataView view = _ml.Data.LoadFromEnumerable([new { Span = TimeSpan.FromDays(10_000_000) }]);
        Assert.Equal("Span", Assert.Throws<SchemaException>(() => Encoded.Bytes(view, Encoded.Options(WriteFormat.Protobuf))).Field);
    }

    private IDataView Nested() => _ml.Data.LoadFromEnumerable([new NestedRow { Y = 1.5, Id = 3, X = 2.5f, Items = [4, 5] }]);

    private static string Document(IDataView view, WriteFormat format, string? recordName = null)
    {
        var options = new KafkaWriterOptions { BootstrapServers = "unused:1", Format = format, Framing = SchemaFraming.None, RecordName = recordName };
        return ValueFormats.Of(format).Document(Encoded.Shape(view, options));
    }

    private static RecordSchema Schema(IDataView view) => (RecordSchema)Avro.Schema.Parse(AvroDocument.Of(Encoded.Shape(view, Options)));

    private static GenericRecord[] Encode(IDataView view, RecordSchema schema)
        => [.. Encoded.Bytes(view, Encoded.Options(schema: schema.ToString())).Select(value => Encoded.Decode(value, schema))];

    private sealed class Row
    {
        public bool Flag { get; set; }

        public short Small { get; set; }

        public int Whole { get; set; }

        public long Big { get; set; }

        public uint Unsigned { get; set; }

        public float Single { get; set; }

        public double Precise { get; set; }

        public string Text { get; set; } = "";

        [VectorType(3)]
        public float[] Vector { get; set; } = [];

        public double[] Ragged { get; set; } = [];
    }

    private sealed class NestedRow
    {
        [ColumnName("inner.deep.y")]
        public double Y { get; set; }

        [ColumnName("id")]
        public int Id { get; set; }

        [ColumnName("inner.x")]
        public float X { get; set; }

        [ColumnName("items.x")]
        public float[] Items { get; set; } = [];

        [ColumnName("Event.at")]
        public DateTime At { get; set; }
    }

    private sealed class Texts
    {
        public string Word { get; set; } = "";

        public string Phrase { get; set; } = "";

        public float Number { get; set; }
    }

    private sealed class Keyed
    {
        [KeyType(10)]
        public uint Group { get; set; }
    }

    private sealed class Dated
    {
        public DataViewRowId When { get; set; }

        public int Whole { get; set; }
    }
}
