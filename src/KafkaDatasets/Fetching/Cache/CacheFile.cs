namespace KafkaDatasets.Fetching.Cache;

/// <summary>A cache file: all data of a partition from <paramref name="Start"/> up to but excluding <paramref name="End"/>.</summary>
/// <param name="Start">The first offset.</param>
/// <param name="End">The offset after the last one.</param>
/// <param name="Path">The file's path.</param>
internal sealed record CacheFile(long Start, long End, string Path)
{
    public const string Extension = ".batches";

    /// <summary>The file's name, made of its first and end offsets.</summary>
    public static string NameOf(long start, long end) => FormattableString.Invariant($"{start}-{end}{Extension}");

    /// <summary>The file at a path; null when its name is not that of a cache file.</summary>
    public static CacheFile? Of(string path)
    {
        string[] offsets = System.IO.Path.GetFileNameWithoutExtension(path).Split('-');
        return offsets.Length == 2 && TryParse(offsets[0], out long start) && TryParse(offsets[1], out long end) && start < end ? new CacheFile(start, end, path) : null;
    }

    private static bool TryParse(string text, out long offset) =>
        long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out offset);
}
