using Avro;
using Avro.Generic;
using KafkaDatasets.Writing.Formats;
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
