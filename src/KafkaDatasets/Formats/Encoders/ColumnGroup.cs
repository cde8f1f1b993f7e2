using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Encoders;

/// <summary>The columns of one record: the row, or a record nested in it.</summary>
internal sealed class ColumnGroup(ColumnEncoder[] columns)
{
    public void Encode(ValueBuffer buffer)
    {
        foreach (ColumnEncoder column in columns)
        {
            column.Encode(buffer);
        }
    }
}
