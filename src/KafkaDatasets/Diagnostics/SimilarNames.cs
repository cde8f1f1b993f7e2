namespace KafkaDatasets.Diagnostics;

/// <summary>Finds the existing name that a misspelled name was probably meant to be.</summary>
internal static class SimilarNames
{
    /// <summary>Names longer than this are not compared letter by letter.</summary>
    private const int MaxLength = 256;

    private const int MaxNames = 10_000;

    /// <summary>Finds the most similar name: one that differs only in case, or in a few letters; null if there is none.</summary>
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

    /// <summary>A suggestion to append to a message, with a leading space; empty if no name is similar.</summary>
    public static string Hint(string name, IEnumerable<string> names) => Find(name, names) is { } similar ? $" Did you mean '{similar}'?" : "";

    /// <summary>A suggestion as the end of a sentence that goes on, with a leading comma; empty if no name is similar.</summary>
    public static string Clause(string name, IEnumerable<string> names) => Find(name, names) is { } similar ? $", did you mean '{similar}'?" : "";

    /// <summary>The name for a list in a message, followed by the suggestion in parentheses if another name is similar.</summary>
    public static string WithHint(string name, IEnumerable<string> names) => Find(name, names) is { } similar ? $"{name} (did you mean '{similar}'?)" : name;

    /// <summary>The maximum number of letters that may differ: short names allow fewer, because otherwise every other name would be similar.</summary>
    private static int Limit(string name) => name.Length switch
    {
        < 3 or > MaxLength => 0,
        < 6 => 1,
        _ => 2,
    };

    /// <summary>The edit distance (optimal string alignment), ignoring case: the number of letters to insert, delete, replace or swap with the next.</summary>
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
