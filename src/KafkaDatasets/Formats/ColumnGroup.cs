using KafkaDatasets.Shapes;
using KafkaDatasets.Writing;

namespace KafkaDatasets.Formats;

/// <summary>The columns that are one record: the row, or one within it.</summary>
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
