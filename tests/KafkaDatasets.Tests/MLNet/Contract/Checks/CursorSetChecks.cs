namespace KafkaDatasets.Tests.MLNet.Contract.Checks;

internal static class CursorSetChecks
{
    private const int ManyRows = 500;

    private static readonly int Most = 2 * Environment.ProcessorCount;

    public static void Complete(ContractCheck check)
    {
        foreach (int n in (int[])[0, .. Enumerable.Range(1, Most)])
        {
            foreach ((string how, Func<Pass[], List<Row>[]> read) in Ways)
            {
                Pass[] set = check.OpenSet(n);
                check.Require(set.Length >= 1 && (n < 1 || set.Length <= n), Clause.CursorSets, $"{set.Length} cursors for n = {n}");
                foreach (Pass pass in set)
                {
                    check.Require(pass.Cursor.Position == -1, Clause.Position, $"Position of a cursor of a set is {pass.Cursor.Position} before its first row");
                }

                string what = $"a set of {set.Length} cursors read {how}";
                check.Within(Clause.CursorSets, what, () => RequireWhole(check, read(set), what));
                if (set.Length == 1)
                {
                    break; // all ways are one
                }
            }
        }
    }

    public static void Left(ContractCheck check)
    {
        foreach (bool dispose in (bool[])[true, false])
        {
            Pass[] set = check.OpenSet(Most);
            string what = $"a set of {set.Length} cursors whose first is left half-way{(dispose ? "" : " and not disposed")}";
            check.Within(
                Clause.CursorSets,
                what,
                () =>
                {
                    List<Row> part = set[0].Read(check.Rows.Count / (2 * set.Length), dispose);
                    List<Row>[] all = [part, .. set[1..].Select(s => s.Read())];
                    int[] indices = IndicesOf(check, all, what);
                    check.Require(indices.Distinct().Count() == indices.Length, Clause.CursorSets, $"{what} gives a row twice");
                    check.Require(set.Length == 1 || indices.Length > part.Count || check.Rows.Count < ManyRows, Clause.CursorSets, $"{what} gives no more rows");
                    GC.KeepAlive(set);
                });
        }

        using Pass pass = check.Open();
        check.RequireSerial(pass.Read(), Clause.CursorSets, "after cursors of a set were left");
    }

    private static IEnumerable<(string How, Func<Pass[], List<Row>[]> Read)> Ways =>
    [
        ("in parallel", set =>
        {
            List<Row>[] rows = [.. set.Select(_ => new List<Row>())];
            Thread[] threads = [.. set.Select((pass, i) => new Thread(() => rows[i] = pass.Read()) { IsBackground = true })];
            Array.ForEach(threads, t => t.Start());
            Array.ForEach(threads, t => t.Join());
            return rows;
        }),
        ("one after another", set => [.. set.Select(pass => pass.Read())]),
        ("one after another from the last", set => [.. set.Reverse().Select(pass => pass.Read()).Reverse()]),
        ("a row of each in turn", set =>
        {
            List<Row>[] rows = [.. set.Select(_ => new List<Row>())];
            for (bool any = true; any;)
            {
                any = false;
                for (int i = 0; i < set.Length; i++)
                {
                    if (set[i].MoveNext())
                    {
                        rows[i].Add(set[i].Current());
                        any = true;
                    }
                }
            }

            Array.ForEach(set, pass => pass.Dispose());
            return rows;
        }),
    ];

    private static void RequireWhole(ContractCheck check, List<Row>[] cursors, string what)
    {
        foreach (List<Row> rows in cursors)
        {
            PassChecks.RequireAscending(check, rows);
        }

        int[] indices = IndicesOf(check, cursors, what);
        check.Require(indices.Length == check.Rows.Count && indices.Distinct().Count() == indices.Length, Clause.CursorSets, $"{what} gives {indices.Length} rows, {indices.Distinct().Count()} different ones, of {check.Rows.Count}");
        IEnumerable<long> batches = cursors.SelectMany(rows => rows.Select(r => r.Batch).Distinct());
        check.Require(batches.Count() == batches.Distinct().Count(), Clause.Batches, $"{what} has a batch in two cursors");
        check.RequireSerial([.. cursors.SelectMany(rows => rows).OrderBy(r => r.Batch)], Clause.Batches, $"sorted by batch, {what}");
    }

    /// <summary>The index in the serial order of every row.</summary>
    private static int[] IndicesOf(ContractCheck check, List<Row>[] cursors, string what)
    {
        var serial = check.Rows.Select((row, i) => (row, i)).ToDictionary(r => r.row.Id, r => r.i);
        return
        [
            .. cursors.SelectMany(rows => rows).Select(row =>
            {
                check.Require(serial.ContainsKey(row.Id), Clause.Ids, $"{what} has id {row.Id}, which no row has");
                check.Require(row.Agrees(check.Rows[serial[row.Id]]), Clause.CursorSets, $"{what} has {row}, not {check.Rows[serial[row.Id]]}");
                return serial[row.Id];
            }),
        ];
    }
}
