using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>For a part that a record lacks: each of its columns is missing. Whether they can be does not depend on which of them are wanted.</summary>
internal sealed class MissingPlan : PartPlan
{
    private readonly DatasetColumn? _required;
    private readonly ColumnTarget[][] _targets;

    /// <summary>Makes a plan.</summary>
    /// <param name="columns">The part's columns.</param>
    /// <param name="layout">Those that are wanted.</param>
    public MissingPlan(IReadOnlyList<DatasetColumn> columns, PartLayout layout)
        : base(layout)
    {
        _required = columns.FirstOrDefault(c => !c.IsRagged && !MissingValues.Has(c.Type));
        _targets = [.. layout.Targets.Select(t => t.ToArray())];
    }

    public override void Decode(ReadOnlySpan<byte> bytes, RowBlock block, ref string? field)
    {
        if (_required is not null)
        {
            field = _required.Name;
            throw new MalformedValueException($"the {Part} is null, and the column, {ColumnRoles.Describe(_required)}, has no value for missing");
        }

        foreach (ColumnTarget[] targets in _targets)
        {
            field = targets[0].Field.Name;
            if (targets[0].IsList)
            {
                targets.StoreMissingList(block);
            }
            else
            {
                targets.StoreMissing(block);
            }
        }

        CheckBinaryLabels(block, ref field);
    }
}
