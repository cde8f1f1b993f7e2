namespace KafkaDatasets;

/// <summary>Where the record batches of topics are kept on disk, so that later passes, also of other processes, read them without the brokers.</summary>
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
    /// <summary>The least limit: 1 MiB.</summary>
    public const long MinLimitBytes = 1 << 20;

    private DatasetCache(string path, long limitBytes)
    {
        Path = path;
        LimitBytes = limitBytes;
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>The bound on the bytes of all files in the directory.</summary>
    public long LimitBytes { get; }

    /// <summary>The faults of the settings.</summary>
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
                yield return FormattableString.Invariant($"has a limit of {LimitBytes} bytes, less than {MinLimitBytes}");
            }
        }
    }

    /// <summary>A directory on disk, which is created where it does not exist; any number of datasets and processes may share it.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="limitBytes">The bound on the bytes of all files in it; those that were read longest ago are deleted first.</param>
    /// <returns>The cache.</returns>
    public static DatasetCache Directory(string path, long limitBytes)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new DatasetCache(path, limitBytes);
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Path}, at most {LimitBytes} bytes");
}
