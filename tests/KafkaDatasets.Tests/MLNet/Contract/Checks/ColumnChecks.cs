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
            using Pass others = check.Open(c => c.Index != column.Index);
            check.RequireSerial(others.Read(), Clause.Columns, $"without column '{column.Name}'");
        }
    }
}
