namespace KafkaDatasets.Scoring;

/// <summary>The model files of a directory.</summary>
internal static class ModelFiles
{
    /// <summary>Orders names so that digits in them are compared as numbers: <c>m-9</c> is before <c>m-10</c>. The rest is compared by character codes, whatever the culture.</summary>
    public static IComparer<string> ByName { get; } = Comparer<string>.Create(Compare);

    /// <summary>A path for messages: a full one, as far as it is a path at all, since what lies in a relative one depends on where the program was started.</summary>
    public static string Shown(string path) => path.Contains('\0', StringComparison.Ordinal) ? path : Path.GetFullPath(path);

    /// <summary>The files, the newest first.</summary>
    public static IEnumerable<string> NewestFirst(string directory, string pattern) => Directory.Exists(directory)
        ? Directory.EnumerateFiles(directory, pattern).OrderByDescending(f => Path.GetFileNameWithoutExtension(f), ByName)
        : [];

    private static int Compare(string one, string other)
    {
        int i = 0;
        int j = 0;
        while (i < one.Length && j < other.Length)
        {
            ReadOnlySpan<char> number = Digits(one, i);
            ReadOnlySpan<char> otherNumber = Digits(other, j);
            if (number.IsEmpty || otherNumber.IsEmpty)
            {
                if (one[i] != other[j])
                {
                    return one[i].CompareTo(other[j]);
                }

                i++;
                j++;
                continue;
            }

            ReadOnlySpan<char> digits = number.TrimStart('0');
            ReadOnlySpan<char> otherDigits = otherNumber.TrimStart('0');
            int order = digits.Length != otherDigits.Length ? digits.Length.CompareTo(otherDigits.Length) : digits.SequenceCompareTo(otherDigits);
            if (order != 0)
            {
                return order;
            }

            i += number.Length;
            j += otherNumber.Length;
        }

        int rest = (one.Length - i).CompareTo(other.Length - j);
        return rest != 0 ? rest : string.CompareOrdinal(one, other);
    }

    private static ReadOnlySpan<char> Digits(string text, int start)
    {
        int end = start;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        return text.AsSpan(start, end - start);
    }
}
