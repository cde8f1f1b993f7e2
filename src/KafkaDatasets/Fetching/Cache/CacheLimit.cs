namespace KafkaDatasets.Fetching.Cache;

/// <summary>Enforces the size limit of a cache directory: deletes the least recently read files, judged by their timestamps.</summary>
/// <remarks>
/// Other processes write to the directory too: their files are counted each time this process has written a small part of the limit.
/// Only what the cache itself has written is counted and deleted: whatever else is in the directory belongs to somebody else.
/// </remarks>
/// <param name="directory">The directory.</param>
/// <param name="limit">The maximum total size of its files, in bytes.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class CacheLimit(string directory, long limit, TimeProvider timeProvider)
{
    /// <summary>A temporary file that has not been written to for this long was left by a killed process.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    private static readonly EnumerationOptions Real = new() { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

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
        foreach (FileInfo file in OwnFiles())
        {
            try
            {
                if (file.Extension == CacheFile.Extension)
                {
                    sum += file.Length;
                    files.Add((file.LastWriteTimeUtc, file));
                }
                else if (timeProvider.GetUtcNow().UtcDateTime - file.LastWriteTimeUtc > Abandoned)
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

    /// <summary>The batches and temporary files in <c>TOPIC-ID/PARTITION</c>, by their names; links are not followed.</summary>
    private IEnumerable<FileInfo> OwnFiles() =>
        from topic in Entries<DirectoryInfo>(new DirectoryInfo(directory))
        where CacheFile.IsTopic(topic.Name)
        from partition in Entries<DirectoryInfo>(topic)
        where CacheFile.IsPartition(partition.Name)
        from file in Entries<FileInfo>(partition)
        where CacheFile.Of(file.FullName) is not null || CacheFile.IsTemporary(file.Name)
        select file;

    /// <summary>What is in a directory, except links; nothing if another process has just deleted it.</summary>
    private static TEntry[] Entries<TEntry>(DirectoryInfo directory)
        where TEntry : FileSystemInfo
    {
        try
        {
            return [.. directory.EnumerateFileSystemInfos("*", Real).OfType<TEntry>()];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }
}
