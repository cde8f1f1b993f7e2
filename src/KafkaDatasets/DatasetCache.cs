namespace KafkaDatasets;

/// <summary>A cache of record batches on disk, from which later passes, including those of other processes, read without contacting the brokers.</summary>
/// <example>
/// <code>
/// new KafkaDatasetOptions
/// {
///     BootstrapServers = "localhost:9092",
///     Cache = DatasetCache.Directory("cache", limitBytes: 50L &lt;&lt; 30),
/// }
/// </code>
/// </example>
public sealed class DatasetCache
{
    /// <summary>The smallest valid value of <see cref="LimitBytes"/>: 1 MiB.</summary>
    public const long MinLimitBytes = 1 << 20;

    private DatasetCache(string path, long limitBytes)
    {
        Path = path;
        LimitBytes = limitBytes;
    }

    /// <summary>The path of the cache directory.</summary>
    public string Path { get; }

    /// <summary>The largest total size of the files in the directory, in bytes.</summary>
    public long LimitBytes { get; }

    /// <summary>The problems found in the settings.</summary>
    internal IEnumerable<string> Faults
    {
        get
        {
            if (string.IsNullOrWhiteSpace(Path))
            {
                yield return "has no directory: name one";
            }

            if (LimitBytes < MinLimitBytes)
            {
                yield return FormattableString.Invariant($"has a limit of {LimitBytes} bytes: give it {MinLimitBytes} or more");
            }
        }
    }

    /// <summary>Creates a cache in a directory on disk, which any number of datasets and processes may share.</summary>
    /// <param name="path">The path of the directory; it is created if it does not exist.</param>
    /// <param name="limitBytes">The largest total size of the files in it, in bytes, at least <see cref="MinLimitBytes"/>; the least recently read files are deleted first.</param>
    /// <returns>The cache.</returns>
    public static DatasetCache Directory(string path, long limitBytes)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new DatasetCache(path, limitBytes);
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Path}, at most {LimitBytes} bytes");
}
