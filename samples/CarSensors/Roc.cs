namespace CarSensors;

/// <summary>The ROC curve of scores.</summary>
internal static class Roc
{
    /// <summary>Computes the curve's points, from (0, 0) to (1, 1), and the area under it. Equal scores are one point.</summary>
    /// <param name="scored">Each row's score, and whether it is a failure.</param>
    public static (IReadOnlyList<(double FalsePositives, double TruePositives)> Points, double Area) Of(IReadOnlyCollection<(float Score, bool Fails)> scored)
    {
        double failures = scored.Count(s => s.Fails), sound = scored.Count - failures;
        List<(double, double)> points = [(0, 0)];
        (double x, double y, double area) = (0, 0, 0);
        foreach (IGrouping<float, (float, bool Fails)> equal in scored.GroupBy(s => s.Score).OrderByDescending(g => g.Key))
        {
            double found = equal.Count(s => s.Fails) / failures, wrong = equal.Count(s => !s.Fails) / sound;
            area += wrong * (y + (found / 2));
            (x, y) = (x + wrong, y + found);
            points.Add((x, y));
        }

        return (points, area);
    }
}
