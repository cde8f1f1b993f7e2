using Microsoft.ML;

namespace KafkaDatasets.Tests.MLNet.Contract.Checks;

internal static class BufferChecks
{
    private const int Kept = 300;

    public static void Owned(ContractCheck check)
    {
        using (DataViewRowCursor cursor = check.View.GetRowCursor(check.Schema))
        {
            ColumnProbe[] probes = [.. check.Schema.Select(c => ColumnProbe.Of(cursor, c))];
            var kept = new List<Func<object>[]>();
            for (int row = 0; cursor.MoveNext(); row++)
            {
                for (int c = 0; c < probes.Length; c++)
                {
                    object expected = check.Rows[row].Values[c]!;
                    foreach (object value in probes[c].ReadInManyWays())
                    {
                        check.Require(value.Equals(expected), Clause.Buffers, $"a further call of the getter of column '{check.Schema[c].Name}' at row {row} gives {value}, not {expected}");
                    }
                }

                if (kept.Count < Kept)
                {
                    kept.Add([.. probes.Select(p => p.Keep())]);
                    for (int c = 0; c < probes.Length; c++)
                    {
                        string? sharing = probes[c].FindSharing();
                        check.Require(sharing is null, Clause.Buffers, $"column '{check.Schema[c].Name}' at row {row}: {sharing}");
                    }
                }
            }

            for (int row = 0; row < kept.Count; row++)
            {
                for (int c = 0; c < probes.Length; c++)
                {
                    object value = kept[row][c]();
                    check.Require(value.Equals(check.Rows[row].Values[c]), Clause.Buffers, $"what the getter of column '{check.Schema[c].Name}' gave at row {row} has become {value}");
                }
            }
        }

        using Pass again = check.Open();
        check.RequireSerial(again.Read(), Clause.Buffers, "after the caller wrote into its vectors");
    }
}
