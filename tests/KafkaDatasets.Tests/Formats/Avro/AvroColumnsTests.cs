using Confluent.SchemaRegistry;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Schemas;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Avro;

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
    [InlineData("""{"type":"int","logicalType":"date"}""", ColumnType.DateTime)]
    [InlineData("""{"type":{"type":"int"},"logicalType":"date"}""", ColumnType.DateTime)]
    [InlineData("""{"type":"int","logicalType":"time-millis"}""", ColumnType.TimeSpan)]
    [InlineData("""{"type":"long","logicalType":"time-micros"}""", ColumnType.TimeSpan)]
    [InlineData("""["null",{"type":"long","logicalType":"timestamp-millis"}]""", ColumnType.DateTimeOffset)]
    [InlineData("""{"type":"long","logicalType":"timestamp-micros"}""", ColumnType.DateTimeOffset)]
    [InlineData("""{"type":"long","logicalType":"timestamp-nanos"}""", ColumnType.DateTimeOffset)]
    [InlineData("""{"type":"long","logicalType":"local-timestamp-millis"}""", ColumnType.DateTime)]
    [InlineData("""{"type":"long","logicalType":"local-timestamp-micros"}""", ColumnType.DateTime)]
    [InlineData("""{"type":"long","logicalType":"local-timestamp-nanos"}""", ColumnType.DateTime)]
    [InlineData("""{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}""", ColumnType.Double)]
    [InlineData("""{"type":{"type":"fixed","name":"F","size":6},"logicalType":"decimal","precision":10,"scale":2}""", ColumnType.Double)] // as Apache.Avro writes it
    [InlineData("""{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}""", ColumnType.Text)]
    [InlineData("""{"type":"int","logicalType":"timestamp-nanos"}""", ColumnType.Int32)] // it is a long: to be ignored
    public void A_logical_type_is_a_column_of_its_own_type(string type, ColumnType expected)
    {
        DatasetColumn column = Assert.Single(Columns($$"""{"name":"x","type":{{type}}}""").Columns);
        Assert.Equal((expected, false, type.StartsWith('[')), (column.Type, column.IsVector, column.IsNullable));
    }

    [Theory]
    [InlineData("\"bytes\"", ColumnType.UInt8, 0)]
    [InlineData("""{"type":"bytes","logicalType":"decimal"}""", ColumnType.UInt8, 0)] // no precision: to be ignored
    [InlineData("""{"type":"bytes","logicalType":"decimal","precision":4,"scale":5}""", ColumnType.UInt8, 0)]
    [InlineData("""{"type":"fixed","name":"F","size":4}""", ColumnType.UInt8, 4)]
    [InlineData("""["null",{"type":"fixed","name":"F","size":4}]""", ColumnType.UInt8, 0)]
    [InlineData("""{"type":"fixed","name":"D","size":12,"logicalType":"duration"}""", ColumnType.UInt32, 3)]
    [InlineData("""{"type":"fixed","name":"D","size":11,"logicalType":"duration"}""", ColumnType.UInt8, 11)] // of 12 bytes or none
    [InlineData("""{"type":"array","items":"float"}""", ColumnType.Single, 0)]
    [InlineData("""{"type":"array","items":"int"}""", ColumnType.Int32, 0)]
    [InlineData("""{"type":"array","items":["null","int"]}""", ColumnType.Double, 0)]
    [InlineData("""["null",{"type":"array","items":"long"}]""", ColumnType.Int64, 0)]
    [InlineData("""{"type":"array","items":{"type":"long","logicalType":"timestamp-millis"}}""", ColumnType.DateTimeOffset, 0)]
    [InlineData("""{"type":"array","items":{"type":"enum","name":"E","symbols":["A"]}}""", ColumnType.Key, 0)]
    public void A_vector_has_items_of_one_type(string type, ColumnType expected, int size)
    {
        DatasetColumn column = Assert.Single(Columns($$"""{"name":"x","type":{{type}},"doc":"items"}""").Columns);
        Assert.Equal(("x", expected, true, size, "items", type.StartsWith('[')), (column.Name, column.Type, column.IsVector, column.Size, column.Description, column.IsNullable));
    }

    [Fact]
    public void Arrays_of_records_have_a_vector_for_each_field_and_arrays_of_arrays_their_lengths()
    {
        DatasetSchema schema = Columns("""
            {"name":"items","type":{"type":"array","items":{"type":"record","name":"I","fields":[{"name":"price","type":"double"},{"name":"tags","type":{"type":"array","items":"string"}},{"name":"at","type":["null","int"]}]}}},
            {"name":"vv","type":{"type":"array","items":{"type":"array","items":"double"}}},
            {"name":"blobs","type":{"type":"array","items":"bytes"}},
            {"name":"deep","type":{"type":"array","items":{"type":"array","items":{"type":"array","items":"int"}}}},
            {"name":"maps","type":{"type":"array","items":{"type":"map","values":"int"}}}
            """);
        Assert.Equal(
            [
                ("items.price", ColumnType.Double), ("items.tags", ColumnType.Text), ("items.tags.lengths", ColumnType.Int32), ("items.at", ColumnType.Double),
                ("vv", ColumnType.Double), ("vv.lengths", ColumnType.Int32), ("blobs", ColumnType.UInt8), ("blobs.lengths", ColumnType.Int32),
                ("deep", ColumnType.Int32), ("deep.lengths2", ColumnType.Int32), ("deep.lengths", ColumnType.Int32),
            ],
            schema.Columns.Select(c => (c.Name, c.Type)));
        Assert.All(schema.Columns, c => Assert.True(c is { IsVector: true, Size: 0 }));
        Assert.Equal([1, 2, 1, 1, 2, 1, 2, 1, 3, 2, 1], schema.Columns.Select(c => c.Depth));
        Assert.Equal(["maps"], schema.Unreadable.Keys);
        Assert.Contains("'maps.key'", schema.Unreadable["maps"]);
    }

    [Fact]
    public void A_union_of_several_types_has_a_column_for_each_branch()
    {
        DatasetSchema schema = Columns("""
            {"name":"u","type":["null","int","string",{"type":"record","name":"R1","namespace":"one","fields":[{"name":"z","type":"float"}]},{"type":"array","items":"int"},{"type":"fixed","name":"H","size":2}]},
            {"name":"w","type":[{"type":"record","name":"R1","namespace":"two","fields":[{"name":"z","type":"float"}]},"one.R1"]}
            """);
        Assert.Equal(
            [
                ("u.int", ColumnType.Double, 0), ("u.string", ColumnType.Text, 0), ("u.R1.z", ColumnType.Single, 0), ("u.array", ColumnType.Int32, 0), ("u.H", ColumnType.UInt8, 0),
                ("w.two.R1.z", ColumnType.Single, 0), ("w.one.R1.z", ColumnType.Single, 0),
            ],
            schema.Columns.Select(c => (c.Name, c.Type, c.Size)));
        Assert.All(schema.Columns, c => Assert.True(c.IsNullable));
    }

    [Fact]
    public void Keys_of_a_map_are_columns_when_they_are_named()
    {
        const string fields = """
            {"name":"extra","type":{"type":"map","values":"int"}},
            {"name":"in","type":{"type":"record","name":"In","fields":[{"name":"m","type":["null",{"type":"map","values":{"type":"record","name":"P","fields":[{"name":"x","type":"float"},{"name":"y","type":"string"}]}}]}]}}
            """;
        Assert.Empty(Columns(fields).Columns);
        Assert.Equal(["extra", "in.m"], Columns(fields).Unreadable.Keys.Order());
        Assert.Contains("'extra.key'", Columns(fields).Unreadable["extra"]);
        Assert.Equal(
            [("extra.k", ColumnType.Double), ("extra.with.dots", ColumnType.Double), ("in.m.p.x", ColumnType.Single), ("in.m.p.y", ColumnType.Text)],
            Columns(fields, "extra.k", "extra.with.dots", "in.m.p.x", "in.m.p.y", "other").Columns.Select(c => (c.Name, c.Type)));
    }

    /// <summary>What is asked for is a column, to the depth of its name, and nothing else.</summary>
    [Theory]
    [InlineData("next.v", "next.v Double")]
    [InlineData("next.next.next.v", "next.next.next.v Double")]
    [InlineData("next", "next.v Double,next.in.a Single,next.in.b Text,next.u.int Double")]
    [InlineData("next.in", "next.in.a Single,next.in.b Text")]
    [InlineData("next.in.b", "next.in.b Text")]
    [InlineData("all.v", "all.v Int32")]
    [InlineData("all.all.v", "all.all.v Int32,all.all.lengths Int32")]
    [InlineData("all.all.all.v", "all.all.all.v Int32,all.all.all.lengths2 Int32,all.all.lengths Int32")]
    [InlineData("map.k.v", "map.k.v Double")]
    [InlineData("map.k.map.l.v", "map.k.map.l.v Double")]
    [InlineData("u.R.u.int", "u.R.u.int Double")]
    [InlineData("nothing", "")]
    [InlineData("nex", "")]
    [InlineData("next.nothing", "")]
    public void Fields_of_a_record_inside_itself_are_columns_when_they_are_named(string wanted, string expected)
    {
        const string fields = """
            {"name":"v","type":"int"},
            {"name":"in","type":["null",{"type":"record","name":"In","fields":[{"name":"a","type":"float"},{"name":"b","type":"string"}]}]},
            {"name":"next","type":["null","R"]},
            {"name":"all","type":{"type":"array","items":"R"}},
            {"name":"map","type":["null",{"type":"map","values":"R"}]},
            {"name":"u","type":["null","int","R"]}
            """;
        string[] always = ["v Int32", "in.a Single", "in.b Text", "u.int Double"];
        DatasetSchema schema = Columns(fields, wanted);
        Assert.Equal([.. always.Concat(expected.Split(',', StringSplitOptions.RemoveEmptyEntries)).Order()], schema.Columns.Select(c => $"{c.Name} {c.Type}").Order());
        Assert.Contains("ExtraColumns", Columns(fields).Unreadable["next"]);
        Assert.Contains("'next.field'", Columns(fields).Unreadable["next"]);
        Assert.Contains("'next.next.field'", Columns(fields, "next.v").Unreadable["next.next"]);
        Assert.Contains("'next.in.field'", Columns(fields, "next.v").Unreadable["next.in"]);
    }

    [Fact]
    public void A_field_keeps_its_name_where_sizes_would_have_it_too()
    {
        DatasetSchema schema = Columns("""{"name":"x","type":{"type":"array","items":{"type":"array","items":{"type":"record","name":"I","fields":[{"name":"lengths","type":"string"}]}}}}""");
        DatasetColumn column = Assert.Single(schema.Columns);
        Assert.Equal(("x.lengths", ColumnType.Text, 2), (column.Name, column.Type, column.Depth));
    }

    [Theory]
    [InlineData("\"float\"", "value", ColumnType.Single, false)]
    [InlineData("""["null","long"]""", "value", ColumnType.Double, false)]
    [InlineData("""{"type":"array","items":"float"}""", "value", ColumnType.Single, true)]
    [InlineData("""["null",{"type":"record","name":"R","fields":[{"name":"x","type":"int"}]}]""", "value.x", ColumnType.Double, false)]
    public void A_schema_that_is_no_record_is_one_value(string json, string name, ColumnType type, bool isVector)
    {
        DatasetColumn column = Assert.Single(AvroColumns.Of(AvroDocuments.Parse(SchemaDocument.OfOptions(SchemaType.Avro, json)), WantedColumns.None).Columns);
        Assert.Equal((name, type, isVector), (column.Name, column.Type, column.IsVector));
    }

    [Fact]
    public void A_fixed_with_a_logical_type_has_it_wherever_it_is_named()
    {
        DatasetSchema schema = Columns("""{"name":"a","type":{"type":"fixed","name":"D","size":6,"logicalType":"decimal","precision":10,"scale":2}},{"name":"b","type":"D"},{"name":"c","type":["null","n.D"]}""");
        Assert.Equal([("a", ColumnType.Double), ("b", ColumnType.Double), ("c", ColumnType.Double)], schema.Columns.Select(c => (c.Name, c.Type)));
    }

    [Theory]
    [InlineData("\"null\"", "null")]
    [InlineData("""["null"]""", "null")]
    [InlineData("""{"type":"array","items":"null"}""", "null")]
    public void What_has_no_values_is_no_column_and_says_why(string type, string part)
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
            [("a.x", ColumnType.Int32, false), ("a.l", ColumnType.Int32, false), ("b.x", ColumnType.Double, true), ("b.l", ColumnType.Int32, true), ("c.p.x", ColumnType.Double, true), ("c.p.l", ColumnType.Int32, true)],
            schema.Columns.Select(c => (c.Name, c.Type, c.IsNullable)));
        Assert.Equal(["c.q"], schema.Unreadable.Keys);
        Assert.True(schema.TryGetColumn("c.p.x", out DatasetColumn? column));
        Assert.Same(schema.Columns[4], column);
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

    private static DatasetSchema Columns(string fields, params string[] wanted) => AvroColumns.Of(AvroDocuments.Parse(SchemaDocument.OfOptions(SchemaType.Avro, $$"""{"type":"record","name":"R","namespace":"n","fields":[{{fields}}]}""")), new WantedColumns(wanted));
}
