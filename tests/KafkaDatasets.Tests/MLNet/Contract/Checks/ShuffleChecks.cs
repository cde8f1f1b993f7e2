namespace KafkaDatasets.Tests.MLNet.Contract.Checks;

internal static class ShuffleChecks
{
    private const int EnoughToDiffer = 20;

    public static void Seeded(ContractCheck check)
    {
        using Pass pass = check.Open(random: new Random(1));
        List<Row> rows = pass.Read();
        if (!check.View.CanShuffle)
        {
            check.RequireSerial(rows, Clause.Shuffling, "with a random number generator, though the view cannot shuffle");
            return;
        }

        Row[] sorted = [.. rows.OrderBy(r => r.Id.High).ThenBy(r => r.Id.Low)];
        Row[] expected = [.. check.Rows.OrderBy(r => r.Id.High).ThenBy(r => r.Id.Low)];
        check.Require(sorted.Length == expected.Length && sorted.Zip(expected).All(p => p.First.Agrees(p.Second)), Clause.Shuffling, "the shuffled rows are not the rows");
        using Pass again = check.Open(random: new Random(1));
        check.Require(again.Read().Select(r => r.Id).SequenceEqual(rows.Select(r => r.Id)), Clause.Shuffling, "the same seed gives another order");
        if (check.Rows.Count >= EnoughToDiffer)
        {
            using Pass other = check.Open(random: new Random(2));
            check.Require(!rows.Select(r => r.Id).SequenceEqual(check.Rows.Select(r => r.Id)), Clause.Shuffling, "the shuffled order is the serial one");
            check.Require(!other.Read().Select(r => r.Id).SequenceEqual(rows.Select(r => r.Id)), Clause.Shuffling, "another seed gives the same order");
        }

        if (!check.Options.IsStrict)
        {
            return;
        }

        var untouched = new Random(3);
        var read = new Random(3);
        using Pass opened = check.Open(random: untouched);
        using Pass finished = check.Open(random: read);
        finished.Read();
        check.Require(untouched.Next() == read.Next(), Clause.Shuffling, "random numbers are drawn after GetRowCursor, when the generator may be another's");
    }
}
