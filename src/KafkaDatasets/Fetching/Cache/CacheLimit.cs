namespace KafkaDatasets.Fetching.Cache;

/// <summary>Enforces the size limit of a cache directory: deletes the least recently read files, judged by their timestamps.</summary>
/// <remarks>Other processes write to the directory too: their files are counted each time this process has written a small part of the limit.</remarks>
/// <param name="directory">The directory.</param>
/// <param name="limit">The maximum total size of its files, in bytes.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class CacheLimit(string directory, long limit, TimeProvider timeProvider)
{
    public const string TemporaryExtension = ".tmp";

    /// <summary>A temporary file that has not been written to for this long was left by a killed process.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private long _bytes = long.MaxValue;
    private long _unseen;

    /// <summary>Makes room for a file that is about to be written; returns false when it is larger than the limit allows.</summary>
    public bool TryMakeRoom(long bytes)
    {
        long most = limit - (limit / 10);
        if (bytes > most)
        {
            return false;
        }

        lock (_lock)
        {
            _unseen += bytes;
            if (_bytes > limit - bytes || _unseen > limit / 32)
            {
                _bytes = Evict(limit - bytes, most - bytes);
                _unseen = 0;
            }

            _bytes += bytes;
        }

        return true;
    }

    /// <summary>When the files exceed <paramref name="most"/> bytes, deletes the least recently used ones until at most <paramref name="least"/> bytes remain.</summary>
    private long Evict(long most, long least)
    {
        var files = new List<(DateTime LastUse, FileInfo File)>();
        long sum = 0;
        foreach (FileInfo file in new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            try
            {
                if (file.Extension == CacheFile.Extension)
                {
                    sum += file.Length;
                    files.Add((file.LastWriteTimeUtc, file));
                }
                else if (file.Extension == TemporaryExtension && timeProvider.GetUtcNow().UtcDateTime - file.LastWriteTimeUtc > Abandoned)
                {
                    file.Delete();
                }
            }
            catch (IOException)
            {
                // another process has just deleted it
            }
        }

        if (sum <= most)
        {
            return sum;
        }

        files.Sort(static (a, b) => a.LastUse.CompareTo(b.LastUse));
        foreach ((_, FileInfo file) in files.TakeWhile(_ => sum > least))
        {
            sum -= file.Length;
            file.Delete();
        }

        return sum;
    }
}
