namespace KafkaDatasets.Fetching.Cache;

/// <summary>The cache files of one partition.</summary>
internal sealed class CachePartition
{
    private readonly List<CacheFile> _files = [];
    private long _longest;

    /// <summary>Replaces the known files with those in a directory.</summary>
    public void Load(string directory)
    {
        _files.Clear();
        _longest = 0;
        foreach (string path in PathsIn(directory))
        {
            if (CacheFile.Of(path) is { } file)
            {
                _files.Add(file);
                _longest = Math.Max(_longest, file.End - file.Start);
            }
        }

        _files.Sort(static (a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : a.End.CompareTo(b.End));
    }

    public void Add(CacheFile file)
    {
        int at = FirstAfter(file.Start);
        for (int i = at - 1; i >= 0 && _files[i].Start == file.Start; i--)
        {
            if (_files[i].End == file.End)
            {
                return; // overwritten, or already seen on disk
            }
        }

        _files.Insert(at, file);
        _longest = Math.Max(_longest, file.End - file.Start);
    }

    public void Remove(CacheFile file) => _files.Remove(file);

    /// <summary>Of the files that contain an offset, the one that extends furthest; null when there is none.</summary>
    public CacheFile? Find(long offset)
    {
        CacheFile? found = null;
        for (int i = FirstAfter(offset) - 1; i >= 0 && _files[i].Start + _longest > offset; i--)
        {
            if (_files[i].End > (found?.End ?? offset))
            {
                found = _files[i];
            }
        }

        return found;
    }

    /// <summary>The parts of a range that no file covers.</summary>
    public IEnumerable<(long Start, long End)> Missing(long start, long end)
    {
        while (start < end)
        {
            if (Find(start) is { } file)
            {
                start = file.End;
                continue;
            }

            int next = FirstAfter(start);
            long to = next < _files.Count ? Math.Min(_files[next].Start, end) : end;
            yield return (start, to);
            start = to;
        }
    }

    /// <summary>The index of the first file that starts after an offset.</summary>
    private int FirstAfter(long offset)
    {
        int low = 0;
        int high = _files.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _files[middle].Start <= offset ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static string[] PathsIn(string directory)
    {
        try
        {
            return Directory.Exists(directory) ? Directory.GetFiles(directory, $"*{CacheFile.Extension}") : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // deleted meanwhile, or another user's: what cannot be read is fetched
        }
    }
}
