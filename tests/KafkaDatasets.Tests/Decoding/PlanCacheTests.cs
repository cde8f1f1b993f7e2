using KafkaDatasets.Decoding;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.Formats.Avro;
using Xunit;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>A plan is compiled once for the same columns, and never taken for other ones.</summary>
public sealed class PlanCacheTests
{
    [Fact]
    public void Plans_are_kept_for_equal_layouts_alone()
    {
        var format = new AvroRecordFormat(SchemaDocument.OfOptions(Confluent.SchemaRegistry.SchemaType.Avro, AvroBytes.Record("""{"name":"a","type":"int"},{"name":"b","type":["null","int"]}""")), WantedColumns.None);
        DatasetColumn a = format.Schema.Columns[0];
        DatasetColumn b = format.Schema.Columns[1];
        Func<BlockColumn[]>[] layouts =
        [
            () => [new BlockColumn(a)],
            () => [new BlockColumn(b)],
            () => [new BlockColumn(a), new BlockColumn(b)],
            () => [new BlockColumn(b), new BlockColumn(a)],
            () => [new BlockColumn(ColumnType.Single, [a, b])],
            () => [new BlockColumn(ColumnType.Single, [b, a])],
            () => [new BlockColumn(ColumnType.Single, [a])],
            () => [new BlockColumn(ColumnType.Single, [a], LabelKind.Binary)],
            () => [new BlockColumn(ColumnType.Single, [a], LabelKind.Category, ["1", "2"])],
            () => [new BlockColumn(ColumnType.Single, [a], LabelKind.Category, ["2", "1"])],
            () => [new BlockColumn(a, TensorColumn.Int64("a"))],
            () => [new BlockColumn(a, TensorColumn.Int32("a"))],
        ];
        PartPlan[] plans = [.. layouts.Select(l => format.Plan(l()))];
        Assert.Equal(plans.Length, plans.Distinct().Count());
        Assert.Equal(plans, layouts.Select(l => format.Plan(l())));
    }
}
