using Microsoft.ML;

namespace KafkaDatasets.Tests.MLNet.Contract.Checks;

internal static class ColumnChecks
{
    public static void Independent(ContractCheck check)
    {
        using (Pass pass = check.Open(_ => false))
        {
            check.RequireSerial(pass.Read(), Clause.Columns, "with no column");
        }

        foreach (DataViewSchema.Column column in check.Schema)
        {
            using Pass alone = check.Open(c => c.Index == column.Index);
            check.RequireSerial(alone.Read(), Clause.Columns, $"with column '{column.Name}' alone");
        }

        foreach (int parity in (int[])[0, 1])
        {
            using Pass some = check.Open(c => c.Index % 2 == parity);
            check.RequireSerial(some.Read(), Clause.Columns, $"with the columns of {(parity == 0 ? "even" : "odd")} index alone");
        }
    }
}
