using KafkaDatasets.Decoding;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>Runs plans on single values.</summary>
internal static class ValuePlanExtensions
{
    /// <summary>Each column of a schema under its own name, or those that are wanted.</summary>
    public static BlockColumn[] Layout(this DatasetSchema schema, Func<DatasetColumn, bool>? isWanted = null) =>
        [.. schema.Columns.Where(isWanted ?? (_ => true)).Select(c => new BlockColumn(c))];

    public static RowBlock Block(this BlockColumn[] layout)
    {
        var block = new RowBlock(layout);
        block.EnsureRows(1);
        return block;
    }

    /// <summary>Why a value is refused; null where it is good.</summary>
    public static string? Fault(this ValuePlan plan, ReadOnlySpan<byte> value, RowBlock block, out string? field)
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
