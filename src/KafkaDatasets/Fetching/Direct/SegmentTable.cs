using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>The segments that a pass is reading, and all state that threads share about them: only this class takes its lock.</summary>
internal sealed class SegmentTable
{
    private readonly Lock _lock = new();
    private readonly ReadOrder _order;
    private readonly PassMemory _memory;
    private readonly ReadFaults _faults;
    private readonly FetchContext _context;
    private readonly Func<PartitionRange, SliceDecoder> _createDecoder;
    private readonly Dictionary<long, SegmentReader> _open = [];
    private long _opened;
    private int _batchEstimate;
    private double _bytesPerOffset;
    private bool _ended;

    public SegmentTable(ReadOrder order, PassMemory memory, ReadFaults faults, FetchContext context, Func<PartitionRange, SliceDecoder> createDecoder)
    {
        _order = order;
        _memory = memory;
        _faults = faults;
        _context = context;
        _createDecoder = createDecoder;
        _opened = order.FirstSegment;
        if (_opened < order.SegmentCount)
        {
            OpenUntil(order.OpenUntil(_opened, order.Segment(_opened).Start));
        }
    }

    private TimeProvider Time => _context.TimeProvider;

    /// <summary>Finds the reader of a segment, and opens the segments needed soon after it; returns null when the segment has been read to its end.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="hasNew">Whether there are new segments to fetch.</param>
    public SegmentReader? Find(long segment, out bool hasNew)
    {
        lock (_lock)
        {
            hasNew = false;
            SegmentReader? reader = _open.GetValueOrDefault(segment);
            if (_opened < _order.SegmentCount)
            {
                long before = _opened;
                OpenUntil(Math.Max(segment + 1, reader is null ? 0 : _order.OpenUntil(segment, reader.Decoder.Position)));
                hasNew = _opened > before;
                reader ??= _open.GetValueOrDefault(segment);
            }

            return reader;
        }
    }

    /// <summary>Begins the next slice of a segment, or marks its reader as waiting for one.</summary>
    /// <param name="reader">The segment.</param>
    /// <param name="isAtEnd">Whether the segment has no more slices.</param>
    /// <param name="isRoom">Whether there is now room for a response worth requesting.</param>
    /// <param name="waited">The fetcher of the segment, when the reader waits.</param>
    /// <exception cref="Exception">The error that ends the reading.</exception>
    public bool TryTake(SegmentReader reader, out bool isAtEnd, out bool isRoom, out BrokerFetcher? waited)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            (isAtEnd, isRoom, waited) = (false, false, null);
            if (reader.Slices.TryDequeue(out FetchedSlice slice))
            {
                reader.Decoder.Start(slice);
                isRoom = CountAhead(reader, -slice.Buffer.Bytes.Length);
                return true;
            }

            if (reader.Error is { } error)
            {
                throw error;
            }

            if (reader.IsFetched)
            {
                isAtEnd = true;
                _open.Remove(reader.Segment);
                return false;
            }

            reader.IsAwaited = true;
            waited = reader.Fetcher;
            return false;
        }
    }

    /// <summary>Passes a slice to the reader.</summary>
    public void Deliver(SegmentReader reader, FetchedSlice slice, in SliceScan scan)
    {
        lock (_lock)
        {
            reader.BatchEstimate = Math.Max(scan.LargestBatch, reader.BatchEstimate - (reader.BatchEstimate >> 3));
            _batchEstimate = Math.Max(scan.LargestBatch, _batchEstimate - (_batchEstimate >> 3));
            reader.LastFetchedEpoch = scan.LeaderEpoch >= 0 ? scan.LeaderEpoch : reader.LastFetchedEpoch;
            reader.Attempts = 0;
            if (slice.Length > 0)
            {
                double bytesPerOffset = (double)slice.Length / Math.Max(1, scan.NextOffset - reader.FetchPosition);
                _bytesPerOffset = _bytesPerOffset == 0 ? bytesPerOffset : (0.9 * _bytesPerOffset) + (0.1 * bytesPerOffset);
                reader.IsContinued = true;
                reader.Slices.Enqueue(slice);
                CountAhead(reader, slice.Buffer.Bytes.Length);
            }

            MoveTo(reader, scan.NextOffset);
        }

        if (slice.Length == 0)
        {
            slice.Buffer.Release();
        }
    }

    /// <summary>Skips lost offsets.</summary>
    public void Skip(SegmentReader reader, long position)
    {
        lock (_lock)
        {
            reader.IsContinued = false;
            MoveTo(reader, Math.Min(position, reader.Range.End));
        }
    }

    /// <summary>Ends the reading of a segment with an error; what was already fetched can still be read.</summary>
    public void Fail(SegmentReader reader, Exception error)
    {
        lock (_lock)
        {
            if (reader.IsActive)
            {
                reader.Error = _faults.At(reader.Range, reader.FetchPosition, error);
                reader.Fetcher = null;
                _memory.OnActive(-1);
                Wake(reader);
            }
        }
    }

    /// <summary>Records that a fetch of a segment brought nothing; returns whether that has gone on for too long.</summary>
    public bool MarkStalled(SegmentReader reader)
    {
        lock (_lock)
        {
            return reader.IsActive && MarkFailing(reader);
        }
    }

    /// <summary>Removes a segment from its fetcher: its leader is looked up again after a while.</summary>
    /// <param name="reader">The segment.</param>
    /// <param name="backoff">The time to wait, given the number of attempts.</param>
    /// <param name="isOver">Whether it has failed for too long.</param>
    /// <returns>Whether the segment still needs to be fetched.</returns>
    public bool TryRelease(SegmentReader reader, Func<int, TimeSpan> backoff, out bool isOver)
    {
        lock (_lock)
        {
            isOver = false;
            if (!reader.IsActive)
            {
                return false;
            }

            reader.Fetcher = null;
            reader.PreferredReplica = -1;
            isOver = MarkFailing(reader);
            reader.NotBefore = Time.GetTimestamp() + (long)(backoff(reader.Attempts++).TotalSeconds * Time.TimestampFrequency);
            return true;
        }
    }

    public void Assign(SegmentReader reader, BrokerFetcher fetcher, int leaderEpoch)
    {
        lock (_lock)
        {
            reader.LeaderEpoch = leaderEpoch;
            reader.Fetcher = fetcher;
            reader.IsAsked = false;
        }
    }

    public void Prefer(SegmentReader reader, int replica)
    {
        lock (_lock)
        {
            reader.PreferredReplica = replica;
        }
    }

    /// <summary>Handles a log that was truncated below what has been read of it: reading continues with what the broker has.</summary>
    public void ForgetEpoch(SegmentReader reader)
    {
        lock (_lock)
        {
            reader.LastFetchedEpoch = -1;
            reader.IsContinued = false;
        }
    }

    /// <summary>The segments whose leader must be found.</summary>
    /// <param name="wait">How long to wait first.</param>
    public List<SegmentReader> Leaderless(out TimeSpan wait)
    {
        var leaderless = new List<SegmentReader>();
        long now = Time.GetTimestamp();
        long earliest = long.MaxValue;
        lock (_lock)
        {
            foreach (SegmentReader reader in _open.Values)
            {
                if (reader.IsActive && reader.Fetcher is null)
                {
                    leaderless.Add(reader);
                    earliest = Math.Min(earliest, reader.NotBefore);
                }
            }
        }

        wait = leaderless.Count > 0 && earliest > now ? Time.GetElapsedTime(now, earliest) : TimeSpan.Zero;
        return leaderless;
    }

    /// <summary>The segments that a fetcher has to fetch.</summary>
    public List<SegmentReader> Of(BrokerFetcher fetcher)
    {
        lock (_lock)
        {
            return [.. _open.Values.Where(r => r.Fetcher == fetcher && r.IsActive)];
        }
    }

    /// <summary>Chooses what a fetcher requests next.</summary>
    public void Choose(FetchPlan plan, BrokerFetcher fetcher)
    {
        lock (_lock)
        {
            MarkAsked(plan, isAsked: false);
            plan.Begin();
            foreach (SegmentReader reader in _open.Values)
            {
                bool isOwn = reader.Fetcher == fetcher;
                if (reader.IsActive && (isOwn || (_order.TakesWholeBatches && reader is { Fetcher: not null, IsAsked: false })))
                {
                    plan.Add(reader, reader.IsAwaited ? -1 : _order.TurnOf(reader.Segment, reader.FetchPosition), isOwn);
                }
            }

            plan.Choose(_memory, _batchEstimate, _bytesPerOffset);
            MarkAsked(plan, isAsked: true);
        }
    }

    /// <summary>Ends all reading.</summary>
    /// <returns>The segments that were being read, whose slices now belong to the caller.</returns>
    public SegmentReader[] End()
    {
        lock (_lock)
        {
            _ended = true;
            return [.. _open.Values];
        }
    }

    private static void MarkAsked(FetchPlan plan, bool isAsked)
    {
        foreach (SegmentReader reader in plan.Segments)
        {
            reader.IsAsked = isAsked;
        }
    }

    private static void Wake(SegmentReader reader)
    {
        if (reader.IsAwaited)
        {
            reader.IsAwaited = false;
            reader.Ready.Set();
        }
    }

    private void OpenUntil(long segment)
    {
        int active = 0;
        for (; _opened < segment; _opened++)
        {
            ReadSegment opened = _order.Segment(_opened);
            var range = new PartitionRange(_order.Snapshot.Partitions[opened.PartitionIndex].Partition, opened.Start, opened.End);
            var reader = new SegmentReader(_opened, range, _createDecoder(range));
            _open.Add(_opened, reader);
            active += reader.IsActive ? 1 : 0;
        }

        _memory.OnActive(active);
    }

    private bool MarkFailing(SegmentReader reader)
    {
        reader.FailingSince ??= Time.GetTimestamp();
        return Time.GetElapsedTime(reader.FailingSince.Value) >= _context.Timeout;
    }

    private bool CountAhead(SegmentReader reader, int bytes)
    {
        reader.BytesAhead += bytes;
        return _memory.OnAhead(bytes);
    }

    private void MoveTo(SegmentReader reader, long position)
    {
        if (position > reader.FetchPosition)
        {
            bool wasActive = reader.IsActive;
            reader.FetchPosition = position;
            reader.FailingSince = null;
            if (wasActive && !reader.IsActive)
            {
                _memory.OnActive(-1);
            }
        }

        if (reader.Slices.Count > 0 || reader.IsFetched)
        {
            Wake(reader);
        }
    }
}
