using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>Runs plans on single values.</summary>
internal static class PartPlanExtensions
{
    /// <summary>Each column of a schema under its own name, or those that are wanted.</summary>
    public static BlockColumn[] Layout(this DatasetSchema schema, Func<DatasetColumn, bool>? isWanted = null, DataPart? part = null) =>
        [.. schema.Columns.Where(isWanted ?? (_ => true)).Select(c => new BlockColumn(c with { IsOfKey = part == DataPart.Key }))];

    /// <summary>The plan for bare values or keys.</summary>
    public static PartPlan Plan(this IRecordFormat format, BlockColumn[] layout, DataPart? part = null) =>
        format.Compile(null, new PartLayout(part ?? DataPart.Value, layout));

    public static RowBlock Block(this BlockColumn[] layout)
    {
        var block = new RowBlock(layout);
        block.EnsureRows(1);
        return block;
    }

    /// <summary>Why a value is refused; null where it is good.</summary>
    public static string? Fault(this PartPlan plan, ReadOnlySpan<byte> value, RowBlock block, out string? field)
    {
        field = null;
        try
        {
            plan.Decode(value, block, ref field);
            return null;
        }
        catch (MalformedValueException e)
        {
            return e.Message;
        }
    }
}
