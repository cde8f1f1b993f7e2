using KafkaDatasets.IntegrationTests.Fetching;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>What came of a read in which a fault was made.</summary>
/// <param name="Way">How it was read.</param>
/// <param name="Snapshot">The range, once it was opened.</param>
/// <param name="Rows">The rows, in their order.</param>
/// <param name="Error">What ended it, or null at its end.</param>
/// <param name="Elapsed">The time since the fault.</param>
/// <param name="Skipped">The records left out.</param>
internal sealed record Outcome(Way Way, DatasetSnapshot? Snapshot, List<LogRow> Rows, Exception? Error, TimeSpan Elapsed, long Skipped)
{
    /// <summary>The read came to its end with the rows that were written.</summary>
    public void IsExact(FaultTopic topic, Func<LogRow, bool>? where = null)
    {
        Assert.True(Error is null, $"{Way}, after {Rows.Count} rows and {Elapsed}: {Error}");
        List<LogRow> expected = topic.Expected(Snapshot!, where);
        int same = Same(expected);
        Assert.True(same == Rows.Count && same == expected.Count, $"{Way}: {Rows.Count} rows instead of {expected.Count}; the first difference is at row {same}: {At(Rows, same)} instead of {At(expected, same)}.");
    }

    /// <summary>The read ended with an exception of our own that says where, after rows that are right so far.</summary>
    public T Failed<T>(FaultTopic topic, double withinSeconds)
        where T : KafkaDatasetException
    {
        T error = Error as T ?? throw new InvalidOperationException($"{Way}, after {Rows.Count} rows and {Elapsed}: {Error?.ToString() ?? "no error"}");
        Assert.InRange(Elapsed.TotalSeconds, 0, withinSeconds);
        if (Snapshot is not null)
        {
            List<LogRow> expected = topic.Expected(Snapshot);
            int same = Same(expected);
            Assert.True(same == Rows.Count, $"{Way}: row {same} is {At(Rows, same)} instead of {At(expected, same)}.");
        }

        Assert.Equal(topic.Name, error.Topic);
        Assert.Contains(topic.Name, error.Message);
        if (Rows.Count > 0)
        {
            Assert.NotNull(error.Partition);
            Assert.NotNull(error.Offset);
        }

        return error;
    }

    public override string ToString() => $"{Way}: {Rows.Count} rows in {Elapsed.TotalSeconds:0.0} s; {Error?.Message ?? "to the end"}";

    private static string At(List<LogRow> rows, int index) => index < rows.Count ? rows[index].ToString() : "none";

    private int Same(List<LogRow> expected)
    {
        int same = 0;
        while (same < Rows.Count && same < expected.Count && Rows[same] == expected[same])
        {
            same++;
        }

        return same;
    }
}
