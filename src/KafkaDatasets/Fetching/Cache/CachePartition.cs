namespace KafkaDatasets.Fetching.Cache;

/// <summary>Which files the cache has of one partition.</summary>
internal sealed class CachePartition
{
    private readonly List<CacheFile> _files = [];
    private long _longest;

    /// <summary>Takes the files of a directory for those that there are.</summary>
    public void Load(string directory)
    {
        _files.Clear();
        _longest = 0;
        if (!Directory.Exists(directory))
        {
            return;
        }

        foreach (string path in Directory.EnumerateFiles(directory, $"*{CacheFile.Extension}"))
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
                return; // written over, or seen on disk already
            }
        }

        _files.Insert(at, file);
        _longest = Math.Max(_longest, file.End - file.Start);
    }

    public void Remove(CacheFile file) => _files.Remove(file);

    /// <summary>The file that has an offset and goes on the farthest; null: none.</summary>
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

    /// <summary>The offsets of a range that no file has, as ranges.</summary>
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
}
