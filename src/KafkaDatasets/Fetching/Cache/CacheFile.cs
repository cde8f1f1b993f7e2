namespace KafkaDatasets.Fetching.Cache;

/// <summary>A cache file: all data of a partition from <paramref name="Start"/> up to but excluding <paramref name="End"/>.</summary>
/// <param name="Start">The first offset.</param>
/// <param name="End">The offset after the last one.</param>
/// <param name="Path">The file's path.</param>
internal sealed record CacheFile(long Start, long End, string Path)
{
    public const string Extension = ".batches";

    private const string TemporaryExtension = ".tmp";

    /// <summary>The file's name, made of its first and end offsets.</summary>
    public static string NameOf(long start, long end) => FormattableString.Invariant($"{start}-{end}{Extension}");

    /// <summary>The file at a path; null when its name is not that of a cache file.</summary>
    public static CacheFile? Of(string path)
    {
        string[] offsets = System.IO.Path.GetFileNameWithoutExtension(path).Split('-');
        return System.IO.Path.GetExtension(path) == Extension && offsets.Length == 2 && TryParse(offsets[0], out long start) && TryParse(offsets[1], out long end) && start < end ? new CacheFile(start, end, path) : null;
    }

    /// <summary>A new name for a file that is not complete yet.</summary>
    public static string NewTemporaryName() => $"{Guid.NewGuid():N}{TemporaryExtension}";

    /// <summary>Whether a name is one of <see cref="NewTemporaryName"/>.</summary>
    public static bool IsTemporary(string name) => name.EndsWith(TemporaryExtension, StringComparison.Ordinal) && IsTopic(name[..^TemporaryExtension.Length]);

    /// <summary>Whether the name of a directory is that of a topic's files: the topic's id.</summary>
    public static bool IsTopic(string name) => Guid.TryParseExact(name, "N", out _);

    /// <summary>Whether the name of a directory is that of a partition's files: the partition's number.</summary>
    public static bool IsPartition(string name) => TryParse(name, out _);

    private static bool TryParse(string text, out long offset) =>
        long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out offset);
}
