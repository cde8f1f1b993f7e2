using System.Runtime.Serialization;
using System.Text;
using Avro;
using Avro.Generic;
using Avro.Specific;
using KafkaDatasets.Formats;
using KafkaDatasets.Shapes;
using KafkaDatasets.Tests.Writing;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Avro;

public sealed class AvroRecordsTests
{
    private static readonly KafkaWriterOptions Options = Encoded.Options();

    public enum Colour
    {
        Red,
        Green,

        [EnumMember(Value = "DARK_BLUE")]
        Blue,
    }

    [Fact]
    public void Schema_has_a_field_per_property()
    {
        string schema = Encoded.Document<Everything>(Options);
        Assert.Equal(
            """{"type":"record","name":"Everything","namespace":"KafkaDatasets.Tests.Formats.Avro","fields":[{"name":"Flag","type":"boolean"},{"name":"Tiny","type":"int"},{"name":"Byte","type":"int"},{"name":"Short","type":"int"},{"name":"Int","type":"int"},{"name":"UInt","type":"long"},{"name":"Long","type":"long"},{"name":"ULong","type":"long"},{"name":"Float","type":"float"},{"name":"Double","type":"double"},{"name":"Text","type":"string"},{"name":"Note","type":["null","string"],"default":null},{"name":"Maybe","type":["null","float"],"default":null},{"name":"Colour","type":{"type":"enum","name":"Colour","symbols":["Red","Green","DARK_BLUE"]}},{"name":"Other","type":["null","Colour"],"default":null},{"name":"Floats","type":{"type":"array","items":"float"}},{"name":"Blob","type":"bytes"}]}""",
            schema);
    }

    [Fact]
    public void Values_are_what_Apache_Avro_reads()
    {
        var value = new Everything(true, -1, 255, short.MinValue, int.MaxValue, uint.MaxValue, long.MinValue, long.MaxValue, float.Epsilon, double.MaxValue, "ü€𝄞", null, 0.5f, Colour.Blue, Colour.Green, [1, float.NaN], [9, 8]);
        GenericRecord record = Encoded.RoundTrip(value);

        Assert.True((bool)record["Flag"]);
        Assert.Equal(-1, record["Tiny"]);
        Assert.Equal(255, record["Byte"]);
        Assert.Equal(-32768, record["Short"]);
        Assert.Equal(2147483647, record["Int"]);
        Assert.Equal(4294967295L, record["UInt"]);
        Assert.Equal(-9223372036854775808L, record["Long"]);
        Assert.Equal(9223372036854775807L, record["ULong"]);
        Assert.Equal(float.Epsilon, record["Float"]);
        Assert.Equal(double.MaxValue, record["Double"]);
        Assert.Equal("ü€𝄞", record["Text"]);
        Assert.Null(record["Note"]);
        Assert.Equal(0.5f, record["Maybe"]);
        Assert.Equal("DARK_BLUE", ((GenericEnum)record["Colour"]).Value);
        Assert.Equal("Green", ((GenericEnum)record["Other"]).Value);
        Assert.Equal(new object[] { 1f, float.NaN }, (object[])record["Floats"]);
        Assert.Equal([9, 8], (byte[])record["Blob"]);
    }

    [Fact]
    public void Null_is_a_value_of_nullable_properties()
    {
        GenericRecord record = Encoded.RoundTrip(new Everything(false, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", "note", null, Colour.Red, null, [], []));
        Assert.Equal("note", record["Note"]);
        Assert.Null(record["Maybe"]);
        Assert.Null(record["Other"]);
        Assert.Empty((object[])record["Floats"]);
    }

    [Fact]
    public void Attributes_name_order_and_leave_out()
    {
        var schema = (RecordSchema)Schema.Parse(Encoded.Document<Named>(Options));
        Assert.Equal("x10x.Event", schema.Fullname);
        Assert.Equal(["lepton_1_pT", "signal"], schema.Fields.Select(f => f.Name));
        GenericRecord record = Encoded.RoundTrip(new Named { Signal = 1, Momentum = 2, Secret = "s" });
        Assert.Equal(1f, record["signal"]);
        Assert.Equal(2f, record["lepton_1_pT"]);
    }

    [Fact]
    public void Options_name_the_record()
    {
        var schema = (RecordSchema)Schema.Parse(Encoded.Document<Named>(new KafkaWriterOptions { BootstrapServers = "unused:1", Framing = SchemaFraming.None, RecordName = "Other", RecordNamespace = "a.b" }));
        Assert.Equal("a.b.Other", schema.Fullname);
    }

    [Fact]
    public void Every_property_without_an_Avro_type_is_named()
    {
        SchemaException e = Assert.Throws<SchemaException>(() => Encoded.Document<Unfit>(Options));
        Assert.Contains("Unfit", e.Message);
        Assert.Contains("'When'", e.Message);
        Assert.Contains("'Nested': type Unfit is recursive", e.Message);
        Assert.Contains("'bad name'", e.Message);
        Assert.DoesNotContain("'Good'", e.Message);
    }

    [Fact]
    public void Given_schema_picks_widens_and_orders()
    {
        string schema = Encoded.Schema("""{"name":"C","type":["string","null"]},{"name":"A","type":["null","double"]},{"name":"B","type":"long"}""");
        GenericRecord record = Encoded.RoundTrip(new Small { A = 0.1f, B = 7, C = null, Unused = new object() }, schema);
        Assert.Equal((double)0.1f, record["A"]);
        Assert.Equal(7L, record["B"]);
        Assert.Null(record["C"]);
        Assert.Equal("0000" + "02000000A09999B93F" + "0E", Convert.ToHexString(Encoded.Bytes(new Small { A = 0.1f, B = 7 }, Encoded.Options(schema: schema))));
    }

    [Fact]
    public void Text_becomes_a_symbol_of_the_given_enum()
    {
        string schema = Encoded.Schema("""{"name":"C","type":{"type":"enum","name":"E","symbols":["x","y"]}}""");
        Assert.Equal("02", Convert.ToHexString(Encoded.Bytes(new Small { C = "y" }, Encoded.Options(schema: schema))));
        SchemaException e = Assert.Throws<SchemaException>(() => Encoded.Bytes(new Small { C = "z" }, Encoded.Options(schema: schema)));
        Assert.Equal("C", e.Field);
        Assert.Contains("'z'", e.Message);
    }

    [Theory]
    [InlineData("""{"name":"D","type":"float"}""", "D", "no property")]
    [InlineData("""{"name":"A","type":"int"}""", "A", "Single")]
    [InlineData("""{"name":"B","type":"boolean"}""", "B", "Int32")]
    [InlineData("""{"name":"B","type":["null","int","string"]}""", "B", "union of 3")]
    [InlineData("""{"name":"B","type":{"type":"long","logicalType":"timestamp-millis"}}""", "B", "Timestamp")]
    public void A_type_that_does_not_fit_the_given_schema_is_refused_at_once(string fields, string field, string reason)
    {
        SchemaException e = Assert.Throws<SchemaException>(() => RecordEncoder<Small>.Of(Encoded.Options(schema: Encoded.Schema(fields))));
        Assert.Equal(field, e.Field);
        Assert.Contains(reason, e.Message);
    }

    [Fact]
    public void Null_where_the_schema_has_none_is_refused()
    {
        SchemaException e = Assert.Throws<SchemaException>(() => Encoded.Bytes(new Small { C = null }, Encoded.Options(schema: Encoded.Schema("""{"name":"C","type":"string"}"""))));
        Assert.Equal("C", e.Field);
    }

    [Fact]
    public void Generic_and_generated_records_are_written_by_Apache_Avro()
    {
        string schema = Encoded.Schema("""{"name":"a","type":"float"},{"name":"m","type":{"type":"map","values":"long"}}""");
        var generic = new GenericRecord((RecordSchema)Schema.Parse(schema));
        generic.Add("a", 1.25f);
        generic.Add("m", new Dictionary<string, object> { ["k"] = 5L });
        GenericRecord read = Encoded.RoundTrip(generic, schema);
        Assert.Equal(1.25f, read["a"]);
        Assert.Equal(5L, ((IDictionary<string, object>)read["m"])["k"]);

        Assert.Equal("Generated", RecordEncoder<Generated>.Of(Options).Value.Schema!.Name);
        Assert.Equal(-3.5f, Encoded.RoundTrip(new Generated { Value = -3.5f })["value"]);
        Assert.Contains(nameof(KafkaWriterOptions.Schema), Assert.Throws<SchemaException>(() => RecordEncoder<GenericRecord>.Of(Options)).Message);
    }

    [Fact]
    public void A_property_of_a_generated_record_is_the_key()
    {
        var key = new ValueBuffer();
        RecordEncoder<Generated>.Of(Encoded.Options(key: "Value")).Key!.Write(key, new Generated { Value = -3.5f });
        Assert.Equal("-3.5", Encoding.UTF8.GetString(key.Written));
        Assert.Equal("GeneratedKey", RecordEncoder<Generated>.Of(Encoded.Options(key: "Value", keyFormat: WriteFormat.Avro)).Key!.Schema!.Name);

        Assert.Equal("value", Assert.Throws<SchemaException>(() => RecordEncoder<Generated>.Of(Encoded.Options(key: "value"))).Field);
        Assert.Contains("GenericRecord", Assert.Throws<SchemaException>(() => RecordEncoder<GenericRecord>.Of(Encoded.Options(schema: Encoded.Schema("""{"name":"a","type":"float"}"""), key: "a"))).Message);
    }

    public sealed record Everything(
        bool Flag, sbyte Tiny, byte Byte, short Short, int Int, uint UInt, long Long, ulong ULong, float Float, double Double, string Text, string? Note, float? Maybe,
        Colour Colour, Colour? Other, float[] Floats, byte[] Blob);

    [DataContract(Name = "Event", Namespace = "x10x")]
    public sealed class Named
    {
        [DataMember(Name = "signal", Order = 2)]
        public float Signal { get; init; }

        [DataMember(Name = "lepton_1_pT", Order = 1)]
        public float Momentum { get; init; }

        [IgnoreDataMember]
        public string? Secret { get; init; }
    }

    public sealed class Unfit
    {
        public float Good { get; init; }

        public object When { get; init; } = "";

        public Unfit? Nested { get; init; }

        [DataMember(Name = "bad name")]
        public int Bad { get; init; }
    }

    public sealed class Small
    {
        public float A { get; init; }

        public int B { get; init; }

        public string? C { get; init; } = "";

        public object? Unused { get; init; }
    }

    public sealed class Generated : ISpecificRecord
    {
#pragma warning disable IDE1006 // The name that Avro's code generator gives.
        public static readonly Schema _SCHEMA = Schema.Parse("""{"type":"record","name":"Generated","fields":[{"name":"value","type":"float"}]}""");
#pragma warning restore IDE1006

        public float Value { get; set; }

        public Schema Schema => _SCHEMA;

        public object Get(int fieldPos) => Value;

        public void Put(int fieldPos, object fieldValue) => Value = (float)fieldValue;
    }
}
