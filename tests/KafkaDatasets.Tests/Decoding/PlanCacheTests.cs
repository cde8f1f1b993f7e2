using Confluent.SchemaRegistry;
using KafkaDatasets.Decoding;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using Xunit;

namespace KafkaDatasets.Tests.Decoding;

public class PlanCacheTests
{
    [Fact]
    public void Datasets_of_the_same_schema_share_an_Avro_plan()
    {
        SchemaDocument schema = SchemaDocument.OfOptions(SchemaType.Avro, Record("Shared", "long"));

        Assert.Same(Plan(new AvroRecordFormat(schema, WantedColumns.None)), Plan(new AvroRecordFormat(schema, WantedColumns.None)));
    }

    [Fact]
    public void Datasets_of_the_same_schema_share_a_Protobuf_plan_and_other_messages_do_not()
    {
        SchemaDocument schema = SchemaDocument.OfOptions(SchemaType.Protobuf, "syntax = \"proto3\"; message A { int64 x = 1; } message B { int64 x = 2; }");

        Assert.Same(Plan(ProtobufRecordFormat.Of(schema, "A", WantedColumns.None)), Plan(ProtobufRecordFormat.Of(schema, "A", WantedColumns.None)));
        Assert.NotSame(Plan(ProtobufRecordFormat.Of(schema, "A", WantedColumns.None)), Plan(ProtobufRecordFormat.Of(schema, "B", WantedColumns.None)));
    }

    [Fact]
    public void Other_schemas_references_writers_and_columns_have_plans_of_their_own()
    {
        SchemaDocument schema = SchemaDocument.OfOptions(SchemaType.Avro, Record("Own", "long"));
        SchemaDocument referring = SchemaDocument.OfOptions(SchemaType.Avro, Record("Own", "Other"));
        PartPlan plan = Plan(new AvroRecordFormat(schema, WantedColumns.None));

        Assert.NotSame(plan, Plan(new AvroRecordFormat(SchemaDocument.OfOptions(SchemaType.Avro, Record("Own", "double")), WantedColumns.None)));
        Assert.NotSame(plan, Plan(new AvroRecordFormat(schema, WantedColumns.None), schema with { Id = 7 }));
        Assert.NotSame(plan, Plan(new AvroRecordFormat(schema, new WantedColumns(["x"]))));
        Assert.NotSame(
            Plan(new AvroRecordFormat(referring with { References = [Enumeration("a")] }, WantedColumns.None), column: ColumnType.Key),
            Plan(new AvroRecordFormat(referring with { References = [Enumeration("b")] }, WantedColumns.None), column: ColumnType.Key));
    }

    private static ReferencedSchema Enumeration(string symbol) => new("Other", $$"""{"type":"enum","name":"Other","symbols":["{{symbol}}"]}""");

    private static string Record(string name, string type) => $$"""{"type":"record","name":"{{name}}","fields":[{"name":"x","type":"{{type}}"}]}""";

    private static PartPlan Plan(IRecordFormat format, SchemaDocument? writer = null, ColumnType column = ColumnType.Int64) =>
        format.Compile(writer, new PartLayout(DataPart.Value, [new BlockColumn(new DatasetColumn("x", column))]));
}
