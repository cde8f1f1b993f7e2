namespace SusyDemo.Evaluation;

/// <summary>The receiver operating characteristic of scored rows: how many signals are found against how many backgrounds are taken for signals.</summary>
internal sealed class RocCurve
{
    private RocCurve(double area, IReadOnlyList<RocPoint> points)
    {
        Area = area;
        Points = points;
    }

    /// <summary>
    /// The area under the curve: the probability that a signal has a higher score than a background, ties counting half (Mann, Whitney 1947).
    /// NaN unless there are both.
    /// </summary>
    public double Area { get; }

    /// <summary>The corners of the curve, from (0, 0) to (1, 1): one for each score that occurs.</summary>
    public IReadOnlyList<RocPoint> Points { get; }

    /// <summary>Ranks the rows. Sorts both spans by the scores.</summary>
    /// <param name="scores">The scores; higher is more like a signal.</param>
    /// <param name="labels">Whether each row is a signal.</param>
    public static RocCurve From(Span<float> scores, Span<bool> labels)
    {
        scores.Sort(labels, static (a, b) => b.CompareTo(a));
        long signals = labels.Count(true);
        long backgrounds = labels.Length - signals;
        var points = new List<RocPoint> { new(0, 0) };
        long found = 0;
        long mistaken = 0;
        double area = 0;
        for (int i = 0; i < scores.Length;)
        {
            long foundBefore = found;
            long mistakenBefore = mistaken;
            float score = scores[i];
            for (; i < scores.Length && scores[i].Equals(score); i++)
            {
                if (labels[i])
                {
                    found++;
                }
                else
                {
                    mistaken++;
                }
            }

            area += (mistaken - mistakenBefore) * ((found + foundBefore) / 2.0);
            points.Add(new RocPoint((double)mistaken / backgrounds, (double)found / signals));
        }

        return signals > 0 && backgrounds > 0 ? new RocCurve(area / signals / backgrounds, points) : new RocCurve(double.NaN, []);
    }
}
