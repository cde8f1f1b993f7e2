using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>Which partitions the next request of a fetcher asks for, in which order, and how much of each.</summary>
internal sealed class FetchPlan
{
    private const int LeastAnswer = 256 << 10;
    private const int FirstAnswer = 2 << 20;
    private const int MostAnswer = 16 << 20;
    private const int LeastSlice = 1 << 20;
    private const int MostSlice = 4 << 20;
    private const int LeastQuota = 64 << 10;
    private readonly List<(long Round, PartitionReader Partition)> _candidates = [];
    private readonly List<PartitionReader> _partitions = [];
    private readonly ClientSettings _settings;
    private int _answer = FirstAnswer;
    private long _asked;

    public FetchPlan(ClientSettings settings)
    {
        _settings = settings;
    }

    public List<FetchPartition> Requests { get; } = [];

    public IReadOnlyList<PartitionReader> Partitions => _partitions;

    /// <summary>How much the whole answer may have, but for a single batch that is larger.</summary>
    public int MaxBytes { get; private set; }

    /// <summary>Whether the last answer came at once.</summary>
    public bool WasQuick { get; private set; }

    /// <summary>Chooses; under the source's lock. No partition: there is nothing to fetch now.</summary>
    public void Choose(DirectSource source, BrokerFetcher fetcher)
    {
        _candidates.Clear();
        _partitions.Clear();
        Requests.Clear();
        long quota = source.Quota;
        foreach (PartitionReader partition in source.Partitions)
        {
            if (partition.Fetcher == fetcher && partition.IsActive)
            {
                long round = partition.IsAwaited ? -1 : (partition.FetchPosition - partition.Range.Start) / source.Snapshot.StripeLength;
                _candidates.Add((round, partition));
            }
        }

        _candidates.Sort(static (a, b) => a.Round != b.Round ? a.Round.CompareTo(b.Round) : a.Partition.Index.CompareTo(b.Partition.Index));
        int slice = Math.Clamp(_answer / Math.Max(1, _candidates.Count), LeastSlice, MostSlice);
        int most = (int)Math.Clamp(quota / 2, LeastQuota, slice);
        source.Ask(-_asked);
        long room = source.Room;
        long asked = 0;
        foreach ((long round, PartitionReader partition) in _candidates)
        {
            int batch = partition.BatchEstimate > 0 ? partition.BatchEstimate : source.BatchEstimate;
            int want = Want(batch, most);
            bool fits = want <= room && (partition.Ahead + want <= quota || partition.Ahead == 0);
            if (round < 0 || fits)
            {
                want = fits ? want : Want(batch, LeastQuota);
                _partitions.Add(partition);
                Requests.Add(new FetchPartition(partition.Range.Partition, partition.LeaderEpoch, partition.FetchPosition, partition.LastFetchedEpoch, want));
                room -= want;
                asked += want;
                if (asked >= _answer)
                {
                    break;
                }
            }
        }

        _asked = asked;
        source.Ask(asked);
        MaxBytes = (int)Math.Min(asked, _settings.FetchMaxBytes);
    }

    /// <summary>Asks for nothing more; under the source's lock.</summary>
    public void End(DirectSource source)
    {
        source.Ask(-_asked);
        _asked = 0;
    }

    public bool IsFirst(PartitionReader partition) => _partitions[0] == partition;

    /// <summary>The partition of the request by its number; null: it was not asked for.</summary>
    public PartitionReader? Find(int partition)
    {
        foreach (PartitionReader candidate in _partitions)
        {
            if (candidate.Range.Partition == partition)
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>Asks for more next time where waiting for the answer takes long beside receiving it, and for less where receiving takes very long.</summary>
    public void Adapt(long received, TimeSpan waited, TimeSpan receiving)
    {
        WasQuick = waited + receiving < TimeSpan.FromMilliseconds(5);
        if (receiving > TimeSpan.FromSeconds(2))
        {
            _answer = Math.Max(LeastAnswer, _answer / 2);
        }
        else if (received >= _answer / 2 && receiving < 4 * waited && receiving < TimeSpan.FromMilliseconds(500))
        {
            _answer = Math.Min(MostAnswer, _answer * 2);
        }
    }

    /// <summary>How much to ask for: whole batches, as far as is known how large they are, since a cut one is received in vain.</summary>
    private int Want(int batch, int most)
    {
        if (_settings.PartitionMaxBytes is { } configured)
        {
            return configured;
        }

        if (batch == 0)
        {
            return most;
        }

        long batches = Math.Max(1, most / batch);
        return (int)Math.Min((batches * batch) + (batch >> 6) + 256, int.MaxValue);
    }
}
