using CsCheck;
using KafkaDatasets.Monitoring.Joining;
using Xunit;

namespace KafkaDatasets.Tests.Monitoring;

public sealed class LabelJoinTests
{
    private const int Grace = 100;

    private sealed record Arrival(bool IsScore, int Key, int Version, bool IsPositive, RowOrder Order);

    /// <summary>In whatever order records arrive within the grace period, the same rows come in the same order: those that follow from the times alone.</summary>
    [Fact]
    public void Any_order_of_arrival_within_the_grace_period_gives_the_same_rows() => Gen.Select(Gen.Int, Gen.Int[1, 300]).Sample(
        (seed, rows) =>
        {
            var random = new Random(seed);
            List<Arrival> records = Records(random, rows);
            (Score, Label?)[] wanted = Expected(records);
            for (int attempt = 0; attempt < 3; attempt++)
            {
                var taken = new List<(Score, Label?)>();
                var join = new LabelJoin(Grace, int.MaxValue, row => taken.Add((row.Score, row.Label)));
                Feed(join, Disorder(random, records), random);
                Assert.Equal(wanted, taken);
                Assert.Equal(records.Count(r => r.IsScore), taken.Count + join.DoubledScores);
                Assert.Equal(0, join.LateScores);
                Assert.Equal((0, 0), (join.Held, join.Waiting));
                Assert.Equal(records.Count(r => !r.IsScore), taken.Where(t => t.Item2 is not null).Select(t => t.Item2!.Value.Order).Distinct().Count() + join.UnusedLabels);
            }
        },
        iter: 200);

    [Fact]
    public void Late_doubled_and_missing_labels_are_counted()
    {
        var taken = new List<JoinedRow>();
        var join = new LabelJoin(Grace, 1000, taken.Add);
        join.AddScore(RowKey.Of(0, 1), ScoreAt(1000, 1));
        join.AddScore(RowKey.Of(0, 2), ScoreAt(1001, 2));
        join.AddScore(RowKey.Of(0, 3), ScoreAt(1002, 3));
        join.AddScore(RowKey.Of(0, 4), ScoreAt(1003, 4));
        join.AddScore(RowKey.Of(0, 4), ScoreAt(1004, 5)); // doubled
        join.AddLabel(RowKey.Of(0, 1), LabelAt(1100, 1, true)); // in time, just
        join.AddLabel(RowKey.Of(0, 2), LabelAt(1102, 2, true)); // a millisecond too late
        join.AddLabel(RowKey.Of(0, 4), LabelAt(1010, 4, true));
        join.AddLabel(RowKey.Of(0, 4), LabelAt(1020, 5, false)); // doubled, and the other way round
        join.AddLabel(RowKey.Of(0, 9), LabelAt(1020, 6, false)); // never scored
        Assert.Empty(taken);
        join.Advance(1200, 1200);
        Assert.Empty(taken); // labels may come until 1100, and arrive until 1200
        join.Advance(1201, 1200);
        Assert.Empty(taken);
        join.Advance(1201, 1201);
        Assert.Single(taken);
        join.Complete();
        Assert.Equal([1f, null, null, 1f], taken.Select(r => r.Label?.Value));
        Assert.Equal((1, 1, 3), (join.DoubledScores, join.DoubledLabels, join.UnusedLabels));
        join.AddScore(RowKey.Of(0, 5), ScoreAt(1000, 9));
        Assert.Equal(1, join.LateScores);
    }

    [Fact]
    public void One_label_serves_every_version()
    {
        var taken = new List<JoinedRow>();
        var join = new LabelJoin(Grace, 1000, taken.Add);
        for (int version = 0; version < 4; version++)
        {
            join.AddScore(RowKey.Of("a"), ScoreAt(1000 + version, version) with { Version = version });
        }

        join.AddLabel(RowKey.Of("a"), LabelAt(1010, 0, true));
        join.Complete();
        Assert.Equal([0, 1, 2, 3], taken.Select(r => r.Score.Version));
        Assert.All(taken, r => Assert.Equal(1f, r.Label?.Value));
        Assert.Equal(0, join.UnusedLabels);
    }

    /// <summary>A label that was joined is held for scores of other versions, but its row has been counted.</summary>
    [Fact]
    public void Rows_that_were_given_wait_no_more()
    {
        var taken = new List<JoinedRow>();
        var join = new LabelJoin(Grace, 1000, taken.Add);
        for (int i = 0; i < 10; i++)
        {
            join.AddScore(RowKey.Of(0, i), ScoreAt(i, i));
            join.AddLabel(RowKey.Of(0, i), LabelAt(i, i, true));
            join.AddLabel(RowKey.Of(0, i), LabelAt(i, 100 + i, true));
        }

        Assert.Equal((20, 20), (join.Held, join.Waiting));
        join.Advance(10 + (2 * Grace), 10 + (2 * Grace));
        Assert.Equal(10, taken.Count);
        Assert.Equal((20, 10), (join.Held, join.Waiting)); // the second labels, which no score has used
        join.Complete();
        Assert.Equal((0, 0), (join.Held, join.Waiting));
    }

    /// <summary>Labels that nobody scores, and scores that never get a label, do not fill the memory.</summary>
    [Fact]
    public void Waiting_rows_are_bounded()
    {
        var taken = new List<JoinedRow>();
        var join = new LabelJoin(Grace, 100, taken.Add);
        for (int i = 0; i < 10_000; i++)
        {
            if (i % 2 == 0)
            {
                join.AddScore(RowKey.Of(0, i), ScoreAt(i, i));
            }
            else
            {
                join.AddLabel(RowKey.Of(0, i), LabelAt(i, i, true));
            }

            Assert.InRange(join.Held, 0, 100);
        }

        join.Complete();
        Assert.Equal(5_000, taken.Count + join.LateScores);
        Assert.Equal(5_000, join.UnusedLabels);
        Assert.True(join.Overflows > 0);
        Assert.Equal(taken.OrderBy(r => r.Score.Order), taken);
    }

    /// <summary>Many labels of one key are as many rows: a customer's, where a payment's was meant.</summary>
    [Fact]
    public void Labels_of_one_key_are_bounded()
    {
        var taken = new List<JoinedRow>();
        var join = new LabelJoin(Grace, 100, taken.Add);
        for (int i = 0; i < 10_000; i++)
        {
            join.AddLabel(RowKey.Of("a"), LabelAt(i / 1000, i, true));
            Assert.InRange(join.Held, 1, 100);
            Assert.InRange(i + 1 - join.UnusedLabels, 1, 100);
        }

        join.AddScore(RowKey.Of("a"), ScoreAt(50, 0));
        join.Complete();
        Assert.Equal(9, taken.Single().Label?.Order.Time);
        Assert.Equal(9_999, join.UnusedLabels);
        Assert.Equal((0, 0), (join.Held, join.Waiting));
    }

    /// <summary>Labels that are dropped, because too many are waiting, make no score late.</summary>
    [Fact]
    public void Scores_are_not_late_because_labels_were_dropped()
    {
        var taken = new List<JoinedRow>();
        var join = new LabelJoin(Grace, 50, taken.Add);
        for (int i = 0; i < 200; i++)
        {
            join.AddLabel(RowKey.Of(0, i), LabelAt(i, i, true));
        }

        Assert.InRange(join.Held, 45, 50);
        for (int i = 0; i < 200; i++)
        {
            join.AddScore(RowKey.Of(0, i), ScoreAt(i, i));
        }

        join.Complete();
        Assert.Equal(0, join.LateScores);
        Assert.Equal(Enumerable.Range(0, 200).Select(i => (long)i), taken.Select(r => r.Score.Order.Time));
        Assert.InRange(taken.Count(r => r.Label is not null), 40, 50);
        Assert.Equal(200 - join.UnusedLabels, taken.Count(r => r.Label is not null));
    }

    /// <summary>Rows that are given early are whole when their labels are there.</summary>
    [Fact]
    public void Rows_in_step_are_joined_however_few_may_wait()
    {
        var taken = new List<JoinedRow>();
        var join = new LabelJoin(Grace, 20, taken.Add);
        for (int i = 0; i < 1000; i++)
        {
            join.AddLabel(RowKey.Of(0, i), LabelAt(i / 3, i, true)); // several have the same time
            join.AddScore(RowKey.Of(0, i), ScoreAt(i / 3, i));
        }

        join.Complete();
        Assert.Equal((1000, 0, 0), (taken.Count(r => r.Label is not null), join.LateScores, join.UnusedLabels));
    }

    [Fact]
    public void A_topic_is_as_far_as_its_slowest_partition_that_has_records_to_come()
    {
        var clock = new EventClock([0, 1, 2]);
        Observe(0, 100);
        Observe(1, 50);
        Assert.Equal(long.MinValue, clock.Time); // nothing of partition 2 yet
        Observe(2, 70);
        Assert.Equal(50, clock.Time);
        Observe(1, 40);
        Assert.Equal(50, clock.Time); // out of order
        clock.Close(1);
        clock.Advance();
        Assert.Equal(70, clock.Time);
        clock.SetOpen([1]);
        clock.Advance();
        Assert.Equal(70, clock.Time); // never back
        clock.SetOpen([]);
        clock.Advance();
        Assert.Equal(100, clock.Time);
        clock.End();
        Assert.Equal(long.MaxValue, clock.Time);

        void Observe(int partition, long time)
        {
            clock.Observe(partition, time);
            clock.Advance();
        }
    }

    private static Score ScoreAt(long time, long offset) => new(0, new Prediction(0.7f, 1), new RowOrder(time, 0, offset), null);

    private static Label LabelAt(long time, long offset, bool isPositive) => new(isPositive ? 1 : 0, new RowOrder(time, 1, offset), null);

    /// <summary>Rows of two versions, some doubled; labels in time, late, doubled, or none.</summary>
    private static List<Arrival> Records(Random random, int rows)
    {
        var records = new List<Arrival>();
        long offset = 0;
        for (int key = 0; key < rows; key++)
        {
            long time = 10_000 + random.Next(1 + (rows * 20));
            foreach (int version in random.Next(3) == 0 ? (int[])[0, 1] : [0])
            {
                for (int copies = random.Next(5) == 0 ? 2 : 1; copies > 0; copies--)
                {
                    records.Add(new Arrival(true, key, version, random.Next(2) == 0, new RowOrder(time + random.Next(Grace / 2), random.Next(3), offset++)));
                }
            }

            int labels = random.Next(6) switch { 0 => 0, 1 => random.Next(2, 8), _ => 1 };
            for (int i = 0; i < labels; i++)
            {
                records.Add(new Arrival(false, key, 0, random.Next(2) == 0, new RowOrder(time - Grace + random.Next(4 * Grace), random.Next(3), offset++)));
            }
        }

        return records;
    }

    private static (Score, Label?)[] Expected(List<Arrival> records) =>
    [
        .. records.Where(r => r.IsScore).GroupBy(r => (r.Key, r.Version)).Select(g => g.MinBy(r => r.Order)!).OrderBy(r => r.Order).Select(r =>
        {
            Arrival? label = records.Where(l => !l.IsScore && l.Key == r.Key && Math.Abs(l.Order.Time - r.Order.Time) <= Grace).MinBy(l => l.Order);
            return (ScoreOf(r), label is null ? (Label?)null : LabelOf(label));
        }),
    ];

    /// <summary>An order in which every record arrives before one of its stream that is more than the grace period later.</summary>
    private static IEnumerable<Arrival> Disorder(Random random, List<Arrival> records)
    {
        var scores = new Queue<Arrival>(records.Where(r => r.IsScore).OrderBy(r => r.Order.Time + random.Next(Grace + 1)));
        var labels = new Queue<Arrival>(records.Where(r => !r.IsScore).OrderBy(r => r.Order.Time + random.Next(Grace + 1)));
        int inclination = random.Next(1, 10);
        while (scores.Count + labels.Count > 0)
        {
            yield return labels.Count == 0 || (scores.Count > 0 && random.Next(10) < inclination) ? scores.Dequeue() : labels.Dequeue();
        }
    }

    private static void Feed(LabelJoin join, IEnumerable<Arrival> arrivals, Random random)
    {
        var scores = new EventClock([]);
        var labels = new EventClock([]);
        foreach (Arrival arrival in arrivals)
        {
            if (arrival.IsScore)
            {
                join.AddScore(RowKey.Of(0, arrival.Key), ScoreOf(arrival));
            }
            else
            {
                join.AddLabel(RowKey.Of(0, arrival.Key), LabelOf(arrival));
            }

            EventClock clock = arrival.IsScore ? scores : labels;
            clock.Observe(0, arrival.Order.Time);
            clock.Advance();
            if (random.Next(3) > 0)
            {
                join.Advance(scores.Time, labels.Time);
            }
        }

        join.Complete();
    }

    private static Score ScoreOf(Arrival arrival) => new(arrival.Version, new Prediction(arrival.Key, arrival.IsPositive ? 1 : 0), arrival.Order, null);

    private static Label LabelOf(Arrival arrival) => new(arrival.IsPositive ? 1 : 0, arrival.Order, null);
}
