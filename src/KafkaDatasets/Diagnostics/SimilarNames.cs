namespace KafkaDatasets.Diagnostics;

/// <summary>Finds the name that was probably meant.</summary>
internal static class SimilarNames
{
    /// <summary>Names of more than this are not compared letter by letter.</summary>
    private const int MaxLength = 256;

    private const int MaxNames = 10_000;

    /// <summary>The name nearest to one that does not exist: the same but for case, or with a letter or two wrong; null when none is near.</summary>
    public static string? Find(string name, IEnumerable<string> names)
    {
        string? best = null;
        int least = Limit(name) + 1;
        foreach (string candidate in names.Take(MaxNames))
        {
            int distance = candidate.Equals(name, StringComparison.OrdinalIgnoreCase) ? 0
                : Math.Abs(candidate.Length - name.Length) >= least || candidate.Length > MaxLength ? int.MaxValue
                : Distance(name, candidate);
            if (distance < least)
            {
                (best, least) = (candidate, distance);
            }
        }

        return best == name ? null : best;
    }

    /// <summary>A sentence for the end of a message, with a space before it; empty where no name is near.</summary>
    public static string Hint(string name, IEnumerable<string> names) => Find(name, names) is { } similar ? $" Did you mean '{similar}'?" : "";

    /// <summary>How many letters may differ: of a short name few, or every other one would be near.</summary>
    private static int Limit(string name) => name.Length switch
    {
        < 3 or > MaxLength => 0,
        < 6 => 1,
        _ => 2,
    };

    /// <summary>How many letters are to be inserted, left out, replaced or swapped with the next (optimal string alignment), without regard to case.</summary>
    private static int Distance(string a, string b)
    {
        int[] before = new int[b.Length + 1];
        int[] last = [.. Enumerable.Range(0, b.Length + 1)];
        int[] row = new int[b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                bool isSame = Same(a[i - 1], b[j - 1]);
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + (isSame ? 0 : 1));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            (before, last, row) = (last, row, before);
        }

        return last[b.Length];
    }

    private static bool Same(char a, char b) => char.ToUpperInvariant(a) == char.ToUpperInvariant(b);
}
