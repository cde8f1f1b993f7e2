using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.MLNet.Contract.Checks;

internal static class PassChecks
{
    public static void First(ContractCheck check)
    {
        check.Rows = ReadToTheEnd(check);
        RequireKeysInRange(check);
        int unique = check.Rows.Select(r => r.Id).Distinct().Count();
        check.Require(unique == check.Rows.Count, Clause.Ids, $"{check.Rows.Count} rows have {unique} ids");
    }

    public static void Again(ContractCheck check)
    {
        check.RequireSerial(ReadToTheEnd(check), Clause.Repeatability, "in a second pass");
        check.RequireSerial(ReadToTheEnd(check), Clause.Repeatability, "in a third pass");
    }

    public static void Count(ContractCheck check)
    {
        long? count = check.View.GetRowCount();
        check.Require(count is null || count == check.Rows.Count, Clause.RowCount, $"GetRowCount says {count}, and there are {check.Rows.Count} rows");
        check.Require(count == check.View.GetRowCount(), Clause.RowCount, "GetRowCount says another number when asked again");
    }

    /// <summary>Asserts the positions and batches of one cursor's rows.</summary>
    public static void RequireAscending(ContractCheck check, IReadOnlyList<Row> rows)
    {
        long batch = check.Options.IsStrict ? 0 : long.MinValue;
        for (int i = 0; i < rows.Count; i++)
        {
            check.Require(rows[i].Position == i, Clause.Position, $"Position is {rows[i].Position} at the cursor's row {i}");
            check.Require(rows[i].Batch >= batch, Clause.Batches, $"Batch is {rows[i].Batch} at the cursor's row {i}, after {batch}");
            batch = rows[i].Batch;
        }
    }

    private static List<Row> ReadToTheEnd(ContractCheck check)
    {
        using Pass pass = check.Open();
        check.Require(pass.Cursor.Position == -1, Clause.Position, $"Position is {pass.Cursor.Position} before the first row");
        List<Row> rows = pass.Read(dispose: false);
        for (int i = 0; i < 3; i++)
        {
            check.Require(pass.Cursor.Position == -1, Clause.Position, $"Position is {pass.Cursor.Position} after the last row");
            check.Require(!pass.MoveNext(), Clause.End, "MoveNext is true again after the last row");
        }

        RequireAscending(check, rows);
        return rows;
    }

    private static void RequireKeysInRange(ContractCheck check)
    {
        foreach (DataViewSchema.Column column in check.Schema)
        {
            if (column.Type is KeyDataViewType key)
            {
                foreach (Row row in check.Rows)
                {
                    ulong value = Convert.ToUInt64(row.Values[column.Index]);
                    check.Require(value <= key.Count, Clause.Schema, $"column '{column.Name}' has key {value} of {key.Count}");
                }
            }
        }
    }
}
