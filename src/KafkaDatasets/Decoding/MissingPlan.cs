using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>The plan for records that lack the part: each of its wanted columns is missing.</summary>
/// <param name="layout">The columns that are wanted.</param>
internal sealed class MissingPlan(PartLayout layout) : PartPlan(layout)
{
    private readonly ColumnTarget[][] _targets = [.. layout.Targets.Select(t => t.ToArray())];

    protected override void Read(ReadOnlySpan<byte> bytes, RowBlock block, ref string? field)
    {
        foreach (ColumnTarget[] targets in _targets)
        {
            DatasetColumn column = targets[0].Field;
            field = column.Name;
            if (!column.IsRagged && !MissingValues.Has(column.Type))
            {
                throw new MalformedValueException($"the {Part} is null, and the column, {ColumnRoles.Describe(column)}, has no value for missing");
            }

            if (targets[0].IsList)
            {
                targets.StoreMissingList(block);
            }
            else
            {
                targets.StoreMissing(block);
            }
        }
    }
}
