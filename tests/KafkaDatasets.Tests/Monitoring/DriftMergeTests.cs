using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Monitoring.Metrics;
using Xunit;

namespace KafkaDatasets.Tests.Monitoring;

/// <summary>One drift is marked once, however often the detector finds it.</summary>
public sealed class DriftMergeTests
{
    private static readonly MonitorWindow Window = MonitorWindow.Rows(100);

    [Fact]
    public void Points_whose_change_began_before_the_point_before_them_are_the_same_drift()
    {
        DriftPoint[] points = [Point(1000, 400), Point(1200, 900), Point(1500, 1100), Point(5000, 4900), Point(5040, 5010)];
        IReadOnlyList<DriftPoint> merged = DriftMerge.Merge(points, Window);
        Assert.Equal([(1000L, At(1100)), (5000L, At(5010))], merged.Select(p => (p.Row, p.Since)));
    }

    [Fact]
    public void Points_that_lie_further_apart_are_drifts_of_their_own()
    {
        DriftPoint[] points = [Point(1000, 990), Point(1100, 1050), Point(1200, 1101)];
        Assert.Equal(points, DriftMerge.Merge(points, Window));
        Assert.Empty(DriftMerge.Merge([], Window));

        // By time, the window is a duration: each point is within five seconds of the one before it.
        Assert.Single(DriftMerge.Merge(points, MonitorWindow.Time(TimeSpan.FromSeconds(5))));
    }

    /// <summary>The errors of 2,000 rows at 10 %, and of 2,000 at 45 %: ADWIN finds the change more than once, and the report shows one drift.</summary>
    [Fact]
    public void An_abrupt_change_is_one_drift()
    {
        var random = new Random(5);
        var board = new VersionBoard("m", () => new BinaryAccumulator(isProbability: true), MonitorWindow.Rows(500), DriftDetector.Adwin());
        for (int row = 0; row < 4000; row++)
        {
            bool isWrong = random.NextDouble() < (row < 2000 ? 0.1 : 0.45);
            board.Add(new JoinedRow(new Score(0, new Prediction(isWrong ? 0.1f : 0.9f, isWrong ? 0 : 1), new RowOrder(row * 1000, 0, row), null), new Label(1, new RowOrder(row * 1000, 0, row), null)));
        }

        ModelReport report = board.ToReport();
        Assert.True(report.Drifts.Count > 1, $"{report.Drifts.Count} points");
        DriftPoint drift = Assert.Single(report.DistinctDrifts);
        Assert.Equal(report.Drifts[0].Row, drift.Row);
        Assert.InRange(drift.Row, 2000, 2300);
    }

    private static DateTimeOffset At(long row) => DateTimeOffset.UnixEpoch.AddSeconds(row / 100.0);

    private static DriftPoint Point(long row, long since) => new(At(row), row, "adwin") { Since = At(since) };
}
