namespace KafkaDatasets.Fetching.Cache;

/// <summary>A file of the cache: everything that a partition has from <paramref name="Start"/> to before <paramref name="End"/>.</summary>
/// <param name="Start">The first offset.</param>
/// <param name="End">The offset after the last one.</param>
/// <param name="Path">Where it is.</param>
internal sealed record CacheFile(long Start, long End, string Path)
{
    public const string Extension = ".batches";

    /// <summary>The file's name, which says what it holds.</summary>
    public static string NameOf(long start, long end) => FormattableString.Invariant($"{start}-{end}{Extension}");

    /// <summary>The file at a path; null where its name is not that of a cache file.</summary>
    public static CacheFile? Of(string path)
    {
        string[] offsets = System.IO.Path.GetFileNameWithoutExtension(path).Split('-');
        return offsets.Length == 2 && TryParse(offsets[0], out long start) && TryParse(offsets[1], out long end) && start < end ? new CacheFile(start, end, path) : null;
    }

    private static bool TryParse(string text, out long offset) =>
        long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out offset);
}
