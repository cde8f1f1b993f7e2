using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Files;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace KafkaDatasets.Fetching.Cache;

/// <summary>The cache's directory: <c>TOPIC-ID/PARTITION/START-END.batches</c>.</summary>
/// <remarks>
/// A file gets its final name when it is complete, and is never written to again, so processes share the directory without locks.
/// Files are not flushed to disk: every read is checked, and data lost in a power failure is fetched again.
/// </remarks>
internal sealed class CacheStore : ISliceTap
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(Guid TopicId, int Partition), CachePartition> _partitions = [];
    private readonly string _directory;
    private readonly CacheLimit _limit;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private int _warned;

    /// <exception cref="InvalidOptionsException">The directory cannot be created.</exception>
    public CacheStore(DatasetCache cache, ILogger logger, TimeProvider timeProvider)
    {
        try
        {
            _directory = Directory.CreateDirectory(cache.Path).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InvalidOptionsException(
                nameof(KafkaDatasetOptions),
                [$"{nameof(KafkaDatasetOptions.Cache)}: the directory '{cache.Path}' cannot be created{ReasonOf(e, cache.Path)}: name another directory, or check that this one may be created"]);
        }

        _limit = new CacheLimit(_directory, cache.LimitBytes, timeProvider);
        _logger = logger;
        _timeProvider = timeProvider;
    }

    /// <summary>Updates the list of files for a snapshot's topic.</summary>
    public void Refresh(DatasetSnapshot snapshot)
    {
        Guid topicId = snapshot.TopicId!.Value;
        lock (_lock)
        {
            foreach (PartitionRange range in snapshot.Partitions)
            {
                Reload(topicId, range.Partition);
            }
        }
    }

    /// <summary>Whether the files cover every offset of a snapshot.</summary>
    public bool Holds(DatasetSnapshot snapshot)
    {
        if (snapshot.TopicId is not { } topicId)
        {
            return false;
        }

        Refresh(snapshot);
        return snapshot.Partitions.All(range => Missing(topicId, range.Partition, range.Start, range.End).Length == 0);
    }

    /// <summary>The parts of a range that no file covers.</summary>
    public (long Start, long End)[] Missing(Guid topicId, int partition, long start, long end)
    {
        lock (_lock)
        {
            return [.. Of(topicId, partition).Missing(start, end)];
        }
    }

    /// <summary>Opens the file that contains an offset.</summary>
    /// <param name="topicId">The topic's id.</param>
    /// <param name="partition">The partition's number.</param>
    /// <param name="offset">The offset.</param>
    /// <param name="end">The end of the file, or, when there is no file, of the gap that contains the offset.</param>
    /// <returns>Null when there is no such file, or it is damaged and has therefore been dropped.</returns>
    public CacheReader? Open(Guid topicId, int partition, long offset, out long end)
    {
        CacheFile? file;
        lock (_lock)
        {
            CachePartition files = Of(topicId, partition);
            file = files.Find(offset);
            end = file?.End ?? files.Missing(offset, long.MaxValue).First().End;
        }

        if (file is null)
        {
            return null;
        }

        try
        {
            if (CacheReader.Open(file, topicId, partition, offset) is { } reader)
            {
                Touch(file.Path);
                return reader;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // for example, another process has deleted it to stay within the limit
        }

        Drop(topicId, partition, file);
        return null;
    }

    /// <summary>Deletes a damaged file and removes it from the list.</summary>
    public void Drop(Guid topicId, int partition, CacheFile file)
    {
        Log.CacheFileDropped(_logger, file.Path);
        lock (_lock)
        {
            Of(topicId, partition).Remove(file);
        }

        FileCleanup.TryDelete(file.Path);
    }

    public void Take(Guid topicId, int partition, in FetchedSlice slice, long nextOffset, long logStart)
    {
        if (SliceSurvey.Of(topicId, partition, slice, nextOffset, logStart) is not { } header || Missing(topicId, partition, header.Start, header.End).Length == 0)
        {
            return;
        }

        string directory = DirectoryOf(topicId, partition);
        try
        {
            byte[] head = header.ToBytes();
            if (_limit.TryMakeRoom(head.Length + slice.Length))
            {
                string path = Path.Combine(directory, CacheFile.NameOf(header.Start, header.End));
                Write(path, head, slice.Buffer.Bytes.AsSpan(0, slice.Length));
                lock (_lock)
                {
                    Of(topicId, partition).Add(new CacheFile(header.Start, header.End, path));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // a full disk must not fail a pass
            if (Interlocked.Exchange(ref _warned, 1) == 0)
            {
                Log.CacheNotWritten(_logger, _directory, ReasonOf(e, directory));
            }
        }
    }

    private static string ReasonOf(Exception e, string path) => e switch
    {
        _ when File.Exists(path) => ", because it is a file",
        _ when HasFileAbove(path) => ", because a part of the path is a file",
        UnauthorizedAccessException => ", because access is denied",
        FileNotFoundException or DirectoryNotFoundException => "", // the message is about a file that nobody asked for
        _ => $" ({e.Message.TrimEnd('.')})",
    };

    private static bool HasFileAbove(string path)
    {
        for (string? above = Path.GetDirectoryName(path); !string.IsNullOrEmpty(above); above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above))
            {
                return true;
            }
        }

        return false;
    }

    private static void Write(string path, ReadOnlySpan<byte> head, ReadOnlySpan<byte> batches)
    {
        string directory = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(directory);
        using var file = new WholeFile(Path.Combine(directory, CacheFile.NewTemporaryName()));
        using (SafeFileHandle handle = File.OpenHandle(file.Temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, preallocationSize: head.Length + batches.Length))
        {
            RandomAccess.Write(handle, head, 0);
            RandomAccess.Write(handle, batches, head.Length);
        }

        file.MoveTo(path);
    }

    private void Touch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, _timeProvider.GetUtcNow().UtcDateTime);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // a read-only directory is a usable cache too
        }
    }

    private string DirectoryOf(Guid topicId, int partition) => Path.Combine(_directory, topicId.ToString("N"), FormattableString.Invariant($"{partition}"));

    private CachePartition Of(Guid topicId, int partition) =>
        _partitions.TryGetValue((topicId, partition), out CachePartition? known) ? known : Reload(topicId, partition);

    private CachePartition Reload(Guid topicId, int partition)
    {
        if (!_partitions.TryGetValue((topicId, partition), out CachePartition? files))
        {
            files = new CachePartition();
            _partitions.Add((topicId, partition), files);
        }

        files.Load(DirectoryOf(topicId, partition));
        return files;
    }
}
