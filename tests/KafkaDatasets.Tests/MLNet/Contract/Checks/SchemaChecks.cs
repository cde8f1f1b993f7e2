using Microsoft.ML;

namespace KafkaDatasets.Tests.MLNet.Contract.Checks;

internal static class SchemaChecks
{
    /// <summary>TrainerUtils compares schemas by reference.</summary>
    public static void OneSchema(ContractCheck check)
    {
        IDataView view = check.View;
        check.Require(ReferenceEquals(check.Schema, view.Schema), Clause.Schema, "the view made another schema when asked again");
        DataViewSchema.Column[] half = [.. check.Schema.Where(c => c.Index % 2 == 0)];
        DataViewRowCursor[] set = view.GetRowCursorSet(half, 2);
        foreach (DataViewRowCursor cursor in (DataViewRowCursor[])[view.GetRowCursor(half), .. set])
        {
            check.Require(ReferenceEquals(cursor.Schema, check.Schema), Clause.Schema, "a cursor has a schema of its own");
            foreach (DataViewSchema.Column column in check.Schema)
            {
                check.Require(cursor.IsColumnActive(column) == (column.Index % 2 == 0), Clause.Columns, $"IsColumnActive of column '{column.Name}' is not what was asked for");
            }

            cursor.Dispose();
        }
    }
}
