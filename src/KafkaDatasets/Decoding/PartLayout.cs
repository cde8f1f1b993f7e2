using System.Text;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>Which columns of the blocks are filled from one part of the records.</summary>
internal sealed class PartLayout
{
    /// <summary>Selects the columns of a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="columns">All columns of the blocks.</param>
    /// <param name="framing">The framing of the part, in its bytes or in a header, or null when there is none.</param>
    public PartLayout(DataPart part, IReadOnlyList<BlockColumn> columns, RecordFraming? framing = null)
    {
        Part = part;
        Columns = columns;
        Marking = framing?.Marking ?? ProtobufMarking.None;
        Targets = columns.SelectMany(Of).Where(t => t.Field.IsOfKey == (part == DataPart.Key)).ToLookup(t => t.Field.Name);
        BinaryLabels = new BinaryLabels([.. Targets.SelectMany(t => t).Where(t => t.Definition.Label == LabelKind.Binary).Select(t => (t.Column, t.Field.Name, t.Categories is not null, t.Definition))]);
    }

    public DataPart Part { get; }

    /// <summary>All columns of the blocks, including those of other parts.</summary>
    public IReadOnlyList<BlockColumn> Columns { get; }

    /// <summary>How the part identifies its message within a Protobuf schema.</summary>
    public ProtobufMarking Marking { get; }

    /// <summary>The targets of each field, by the column's name, except those that are parts of the record itself.</summary>
    public ILookup<string, ColumnTarget> Targets { get; }

    public BinaryLabels BinaryLabels { get; }

    /// <summary>Returns the targets of a field's values.</summary>
    /// <param name="path">The column's name.</param>
    /// <param name="type">The type of the values on the wire.</param>
    /// <exception cref="IncompatibleSchemaException">The column is a category label, and the values are floating point.</exception>
    public ColumnTarget[] Values(string path, ColumnType type)
    {
        ColumnTarget[] targets = Targets.Values(path);
        return type is ColumnType.Single or ColumnType.Double && Array.Exists(targets, t => t.Categories is not null)
            ? throw new IncompatibleSchemaException(path, "a floating-point number cannot be a category")
            : targets;
    }

    /// <summary>Whether a column at a path, or within it, is wanted.</summary>
    public bool IsWanted(string path) => Targets.Any(t => ColumnPath.IsWithin(t.Key, path));

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
