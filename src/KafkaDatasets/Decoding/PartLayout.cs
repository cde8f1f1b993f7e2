using System.Text;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>Which columns of the blocks are filled from one part of the records.</summary>
internal sealed class PartLayout
{
    /// <summary>Picks the columns of a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="columns">All columns of the blocks.</param>
    /// <param name="framing">The frame before or beside the part; null: there is none.</param>
    public PartLayout(DataPart part, IReadOnlyList<BlockColumn> columns, RecordFraming? framing = null)
    {
        Part = part;
        Marking = framing?.Marking ?? ProtobufMarking.None;
        Targets = columns.SelectMany(Of).Where(t => t.Field.IsOfKey == (part == DataPart.Key)).ToLookup(t => t.Field.Name);
        BinaryLabels = [.. Targets.SelectMany(t => t).Where(t => t.Definition.Label == LabelKind.Binary).Select(t => (t.Column, t.Field.Name))];
    }

    public DataPart Part { get; }

    /// <summary>How the part says which message of a Protobuf schema it is.</summary>
    public ProtobufMarking Marking { get; }

    /// <summary>The targets of each field, by the column's name; those that are parts of the record itself are left out.</summary>
    public ILookup<string, ColumnTarget> Targets { get; }

    public IReadOnlyList<(int Column, string Field)> BinaryLabels { get; }

    private static IEnumerable<ColumnTarget> Of(BlockColumn column, int index)
    {
        byte[][]? categories = column.Categories is { } texts ? [.. texts.Select(Encoding.UTF8.GetBytes)] : null;
        int slot = 0;
        foreach (DatasetColumn field in column.Fields.Where(f => f.Part is null))
        {
            yield return new ColumnTarget(index, slot, column, field, categories);
            slot += field.Slots;
        }
    }
}
