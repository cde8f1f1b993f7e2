using System.Diagnostics;
using KafkaDatasets.Rows;

namespace KafkaDatasets.MLNet;

/// <summary>Which columns of a dataset a view shows besides <c>Label</c> and <c>Features</c>.</summary>
internal static class ViewFields
{
    public static IEnumerable<ViewField> Of(DatasetSchema schema, ColumnRoles roles, ViewColumns columns) => columns switch
    {
        ViewColumns.All => schema.Columns.Concat(schema.RecordColumns).Select(Field),
        ViewColumns.Training => schema.Columns.Where(c => c != roles.LabelField && !roles.Features.Contains(c)).Concat(schema.RecordColumns.Where(c => !IsPosition(c))).Select(Field),
        _ => throw new UnreachableException(),
    };

    /// <summary>Whether a column is the partition, the offset or the timestamp, which depend on where and when a record was written and not on its content.</summary>
    public static bool IsPosition(DatasetColumn column) => column.Part is RecordPart.Partition or RecordPart.Offset or RecordPart.Timestamp;

    private static ViewField Field(DatasetColumn column) => new(column.Name, column);
}
