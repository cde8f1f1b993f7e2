using Confluent.SchemaRegistry;
using KafkaDatasets.Schemas;
using Xunit;

namespace KafkaDatasets.Tests.Schemas;

public sealed class AvroColumnsTests
{
    [Theory]
    [InlineData("\"boolean\"", ColumnType.Boolean, false)]
    [InlineData("\"int\"", ColumnType.Int32, false)]
    [InlineData("\"long\"", ColumnType.Int64, false)]
    [InlineData("\"float\"", ColumnType.Single, false)]
    [InlineData("\"double\"", ColumnType.Double, false)]
    [InlineData("\"string\"", ColumnType.Text, false)]
    [InlineData("""{"type":"string","avro.java.string":"String"}""", ColumnType.Text, false)]
    [InlineData("""["null","boolean"]""", ColumnType.Single, true)]
    [InlineData("""["int","null"]""", ColumnType.Double, true)]
    [InlineData("""["null","long"]""", ColumnType.Double, true)]
    [InlineData("""["null","float"]""", ColumnType.Single, true)]
    [InlineData("""["null","string"]""", ColumnType.Text, true)]
    [InlineData("""["double"]""", ColumnType.Double, false)]
    [InlineData("""{"type":"string","logicalType":"uuid"}""", ColumnType.Text, false)]
    [InlineData("""{"type":"int","logicalType":"my-own"}""", ColumnType.Int32, false)]
    [InlineData("""["null",{"type":"string","logicalType":"my-own"}]""", ColumnType.Text, true)]
    [InlineData("""{"type":"long","logicalType":"date"}""", ColumnType.Int64, false)] // a date is an int: to be ignored
    [InlineData("""{"type":"string","logicalType":"decimal","precision":4}""", ColumnType.Text, false)]
    public void A_scalar_is_a_column(string type, ColumnType expected, bool isNullable)
    {
        DatasetColumn column = Assert.Single(Columns($$"""{"name":"x","type":{{type}},"doc":"what it is"}""").Columns);
        Assert.Equal(("x", expected, isNullable, "what it is"), (column.Name, column.Type, column.IsNullable, column.Description));
    }

    [Theory]
    [InlineData("\"null\"", "null")]
    [InlineData("\"bytes\"", "bytes")]
    [InlineData("""{"type":"fixed","name":"F","size":4}""", "fixed")]
    [InlineData("""{"type":"array","items":"float"}""", "array")]
    [InlineData("""{"type":"map","values":"float"}""", "map")]
    [InlineData("""["null","int","string"]""", "union of 3")]
    [InlineData("""["null"]""", "union of 1")]
    [InlineData("""{"type":"int","logicalType":"date"}""", "date")]
    [InlineData("""["null",{"type":"long","logicalType":"timestamp-millis"}]""", "timestamp-millis")]
    [InlineData("""{"type":"long","logicalType":"timestamp-nanos"}""", "timestamp-nanos")]
    [InlineData("""{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}""", "decimal")]
    [InlineData("""{"type":"bytes","logicalType":"decimal"}""", "bytes")] // no precision: to be ignored
    [InlineData("""{"type":"bytes","logicalType":"decimal","precision":4,"scale":5}""", "bytes")]
    [InlineData("""{"type":{"type":"fixed","name":"F","size":6},"logicalType":"decimal","precision":10,"scale":2}""", "decimal")] // as Apache.Avro writes it
    [InlineData("""{"type":{"type":"int"},"logicalType":"date"}""", "date")]
    [InlineData("""{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}""", "fixed")]
    [InlineData("""{"type":"fixed","name":"D","size":12,"logicalType":"duration"}""", "duration")]
    public void Anything_else_is_none_and_says_why(string type, string part)
    {
        DatasetSchema schema = Columns($$"""{"name":"x","type":{{type}}},{"name":"y","type":"int"}""");
        Assert.Equal(["y"], schema.Columns.Select(c => c.Name));
        Assert.Contains(part, schema.Unreadable["x"]);
    }

    [Fact]
    public void An_enum_is_a_key_with_its_symbols()
    {
        DatasetColumn column = Columns("""{"name":"e","type":["null",{"type":"enum","name":"E","symbols":["B","A"]}]}""").Columns[0];
        Assert.Equal((ColumnType.Key, true), (column.Type, column.IsNullable));
        Assert.Equal(["B", "A"], column.KeyValues!);
    }

    [Fact]
    public void Nested_records_have_paths_and_pass_on_that_they_may_be_missing()
    {
        DatasetSchema schema = Columns("""
            {"name":"a","type":{"type":"record","name":"P","fields":[{"name":"x","type":"int"},{"name":"l","type":{"type":"array","items":"int"}}]}},
            {"name":"b","type":["null","P"]},
            {"name":"c","type":{"type":"record","name":"Q","fields":[{"name":"p","type":["P","null"]},{"name":"q","type":["null","Q"]}]}}
            """);
        Assert.Equal(
            [("a.x", ColumnType.Int32, false), ("b.x", ColumnType.Double, true), ("c.p.x", ColumnType.Double, true)],
            schema.Columns.Select(c => (c.Name, c.Type, c.IsNullable)));
        Assert.Equal(["a.l", "b.l", "c.p.l", "c.q"], schema.Unreadable.Keys.Order());
        Assert.True(schema.TryGetColumn("c.p.x", out DatasetColumn? column));
        Assert.Same(schema.Columns[2], column);
        Assert.False(schema.TryGetColumn("C.p.x", out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("nonsense")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("123")]
    [InlineData("null")]
    [InlineData("\"Nowhere\"")]
    [InlineData("""{"type":"record"}""")]
    [InlineData("""{"type":"record","name":"R"}""")]
    [InlineData("""{"type":"record","name":"R","fields":{}}""")]
    [InlineData("""{"type":"record","name":"R","fields":[3]}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a"}]}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"type":"int"}]}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"array"}}]}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"enum","name":"E"}}]}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"fixed","name":"F","size":-1}}]}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a","type":{"logicalType":5}}]}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a","type":{"type":{"type":[]},"logicalType":{}}}]}""")]
    public void What_is_no_schema_is_a_schema_exception(string json)
    {
        SchemaException e = Assert.Throws<SchemaException>(() => AvroDocuments.Parse(new SchemaDocument(4, "subject 's'", SchemaType.Avro, json, [])));
        Assert.Contains("subject 's'", e.Message);
        Assert.Equal(4, e.SchemaId);
    }

    [Fact]
    public void Every_cut_of_a_schema_is_a_schema_exception()
    {
        const string json = """{"type":"record","name":"R","fields":[{"name":"a","type":["null",{"type":"bytes","logicalType":"decimal","precision":3}],"default":null},{"name":"b","type":{"type":"enum","name":"E","symbols":["A"]},"default":"A"}]}""";
        Assert.All(Enumerable.Range(0, json.Length), length => Assert.Throws<SchemaException>(() => AvroDocuments.Parse(SchemaDocument.OfOptions(SchemaType.Avro, json[..length]))));
    }

    private static DatasetSchema Columns(string fields) => AvroColumns.Of(AvroDocuments.Parse(SchemaDocument.OfOptions(SchemaType.Avro, $$"""{"type":"record","name":"R","namespace":"n","fields":[{{fields}}]}""")));
}
