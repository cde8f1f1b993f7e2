using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>Chooses which segments a fetcher's next request asks for, in which order, and how many bytes of each.</summary>
internal sealed class FetchPlan
{
    private const int LeastResponse = 256 << 10;
    private const int FirstResponse = 2 << 20;
    private const int MostResponse = 16 << 20;
    private const int LeastSlice = 1 << 20;
    private const int MostSlice = 4 << 20;
    private const int LeastQuota = 64 << 10;
    private readonly List<(long Turn, SegmentReader Segment, bool IsOwn)> _candidates = [];
    private readonly List<SegmentReader> _segments = [];
    private readonly ClientSettings _settings;
    private int _response = FirstResponse;
    private long _asked;

    public FetchPlan(ClientSettings settings)
    {
        _settings = settings;
    }

    public List<FetchPartition> Requests { get; } = [];

    public IReadOnlyList<SegmentReader> Segments => _segments;

    /// <summary>The maximum length of the whole response, except for a single larger batch.</summary>
    public int MaxBytes { get; private set; }

    /// <summary>Whether the last response arrived quickly.</summary>
    public bool WasQuick { get; private set; }

    /// <summary>Begins planning another request.</summary>
    public void Begin()
    {
        _candidates.Clear();
        _segments.Clear();
        Requests.Clear();
    }

    /// <summary>Adds a segment that may be requested.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="turn">When it is needed; −1 when its reader is waiting for it.</param>
    /// <param name="isOwn">Whether this request can ask for it; otherwise another fetcher will.</param>
    public void Add(SegmentReader segment, long turn, bool isOwn) => _candidates.Add((turn, segment, isOwn));

    /// <summary>Chooses among the segments that were added; none are chosen when there is nothing to fetch now.</summary>
    /// <param name="memory">The memory of the pass.</param>
    /// <param name="batchEstimate">The length of the largest recent batches in any segment; 0 when unknown.</param>
    /// <param name="bytesPerOffset">The approximate number of bytes per offset; 0 when unknown.</param>
    public void Choose(PassMemory memory, int batchEstimate, double bytesPerOffset)
    {
        _candidates.Sort(static (a, b) => a.Turn != b.Turn ? a.Turn.CompareTo(b.Turn) : a.Segment.Segment.CompareTo(b.Segment.Segment));
        long quota = memory.Quota;
        int slice = Math.Clamp(_response / Math.Max(1, _candidates.Count), LeastSlice, MostSlice);
        int most = (int)Math.Clamp(quota / 2, LeastQuota, slice);
        long room = memory.RoomWithout(_asked);
        long asked = 0;
        foreach ((long turn, SegmentReader segment, bool isOwn) in _candidates)
        {
            int batch = segment.BatchEstimate > 0 ? segment.BatchEstimate : batchEstimate;
            int want = Want(batch, Left(segment, most, batch, bytesPerOffset));
            bool fits = want <= room && (segment.BytesAhead + want <= quota || segment.BytesAhead == 0);
            if (!isOwn || Find(segment.Range.Partition) is not null)
            {
                // Another fetcher's, or one for the next request, since a request may contain each partition only once. The room is kept for it: otherwise segments that are needed later would take it.
                room -= fits ? want : 0;
            }
            else if (turn < 0 || fits)
            {
                want = fits ? want : Want(batch, LeastQuota);
                _segments.Add(segment);
                Requests.Add(new FetchPartition(segment.Range.Partition, segment.LeaderEpoch, segment.FetchPosition, segment.LastFetchedEpoch, want));
                room -= want;
                asked += want;
                if (asked >= _response)
                {
                    break;
                }
            }
        }

        memory.OnAsked(asked - _asked);
        _asked = asked;
        MaxBytes = (int)Math.Min(asked, _settings.FetchMaxBytes);
    }

    /// <summary>Ends the request and withdraws what it asked for from the pass's memory.</summary>
    public void End(PassMemory memory)
    {
        memory.OnAsked(-_asked);
        _asked = 0;
    }

    public bool IsFirst(SegmentReader segment) => _segments[0] == segment;

    /// <summary>The requested segment of a partition, by its number; null when it was not requested.</summary>
    public SegmentReader? Find(int partition)
    {
        foreach (SegmentReader candidate in _segments)
        {
            if (candidate.Range.Partition == partition)
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>Requests more next time when waiting for the response takes long relative to receiving it, and less when receiving takes very long.</summary>
    public void Adapt(long received, TimeSpan waited, TimeSpan receiving)
    {
        WasQuick = waited + receiving < TimeSpan.FromMilliseconds(5);
        if (receiving > TimeSpan.FromSeconds(2))
        {
            _response = Math.Max(LeastResponse, _response / 2);
        }
        else if (received >= _response / 2 && receiving < 4 * waited && receiving < TimeSpan.FromMilliseconds(500))
        {
            _response = Math.Min(MostResponse, _response * 2);
        }
    }

    /// <summary>Limits the request to the estimated remainder of the segment: anything after it would be received in vain.</summary>
    private static int Left(SegmentReader segment, int most, int batch, double bytesPerOffset)
    {
        double left = bytesPerOffset * (segment.Range.End - segment.FetchPosition);
        return left > 0 && left + batch < most ? (int)left + batch : most;
    }

    /// <summary>How much to request: whole batches where their size is known, because a partial one is received in vain.</summary>
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
