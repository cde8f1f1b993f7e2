namespace KafkaDatasets.Tests.MLNet.Contract.Checks;

internal static class DisposalChecks
{
    public static void Left(ContractCheck check)
    {
        foreach (int read in (int[])[0, 1, check.Rows.Count / 2, int.MaxValue])
        {
            Pass pass = check.Open();
            pass.Read(read, dispose: false);
            pass.Dispose();
            pass.Dispose();
            bool? moved = null;
            try
            {
                moved = pass.MoveNext();
            }
            catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException)
            {
            }

            check.Require(moved is not true, Clause.Disposal, $"a cursor that was disposed after {read} rows moves on");
        }

        for (int i = 0; i < 5; i++)
        {
            check.Open().Read(i, dispose: false); // and forgotten
        }

        using Pass after = check.Open();
        check.RequireSerial(after.Read(), Clause.Disposal, "after cursors were left");
    }
}
