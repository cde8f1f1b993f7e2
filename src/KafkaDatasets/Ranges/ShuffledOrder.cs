namespace KafkaDatasets.Ranges;

/// <summary>A permutation of a snapshot's offsets, computed from the seed rather than stored.</summary>
/// <remarks>
/// The partitions, one behind the other, are cut at random places into runs of consecutive offsets; the runs are assigned at random to lanes. The lanes are read in parallel, each run from first to last,
/// so that fetching stays sequential; and the rows of a window, which has a strip of each lane, are permuted.
/// Strips are short, so that the rows of a window fit into a core's cache: how well rows are mixed depends on the number of runs and lanes. What is read of a lane at a time, a piece, is the strips of several windows.
/// All lanes begin with the first window and end with the last one: longer lanes have longer strips. So no two lanes stay at the same distance, and they do not come to new runs at the same time.
/// A record batch that contains the beginning of a run is fetched twice; so there are no more runs than mixing needs. A segment is the part of a run in one partition.
/// </remarks>
internal sealed class ShuffledOrder : ReadOrder
{
    /// <summary>
    /// The mean length of a strip in the orders that are guaranteed to stay the same: the fewer, the larger the rows may be whose windows fit into the memory, and into a core's cache;
    /// the more, the more rows there are that a row may come next to.
    /// </summary>
    public const int DefaultStrip = 64;

    /// <summary>The maximum number of windows whose strips are read at a time: the more, the less often the consumer engine has to seek; but they are held until their windows come.</summary>
    private const int MostWindowsAtOnce = 32;

    private const int LeastStrip = 8;

    /// <summary>The number of lanes, in all but short snapshots: more lanes mix better, but each takes the memory of a record batch.</summary>
    private const int MostLanes = 64;

    /// <summary>The number of runs, in all but short and very long snapshots: with fewer, the distances between neighbours in the shuffled order repeat too often.</summary>
    private const int UsualRuns = 96;

    /// <summary>The minimum mean length of a run: with shorter ones, almost every record batch would be fetched several times.</summary>
    private const int ShortestRun = 1024;

    /// <summary>The maximum mean length of a run: many times that of a record batch; with longer ones, a pass would stay too long at the same places of the log.</summary>
    private const int LongestRun = 1 << 18;

    /// <summary>The maximum number of runs, which are held in memory.</summary>
    private const int MostRuns = 1 << 14;

    /// <summary>Snapshots up to this length are one window, and so are shuffled completely.</summary>
    private const int OneWindow = 1 << 16;

    /// <summary>How many windows before it is needed a segment is fetched.</summary>
    private const int WindowsAhead = 64;

    private readonly Shuffle _shuffle;
    private readonly ulong _key;
    private readonly int _strip;
    private readonly Lane[] _lanes;
    private readonly Part[] _parts;
    private readonly long[] _neededFrom;
    private readonly long _firstWindow;

    /// <param name="snapshot">The snapshot to read.</param>
    /// <param name="shuffle">The seed and the epoch.</param>
    /// <param name="start">The place at which the pass begins.</param>
    /// <param name="strip">The mean length of a strip; null for the one of orders that are guaranteed to stay the same.</param>
    /// <param name="windowsAtOnce">The maximum number of windows whose strips are read of a lane at a time, which does not change the order of the rows.</param>
    public ShuffledOrder(DatasetSnapshot snapshot, Shuffle shuffle, long start = 0, int? strip = null, int windowsAtOnce = MostWindowsAtOnce)
        : base(snapshot, start)
    {
        _shuffle = shuffle;
        _strip = strip ?? StripOf(snapshot);
        WindowsAtOnce = Math.Clamp(windowsAtOnce, 1, MostWindowsAtOnce);
        _key = SplitMix.Mix(SplitMix.Mix((ulong)shuffle.Seed) + (ulong)shuffle.Epoch);
        long windowRows = (long)MostLanes * _strip;
        Windows = (snapshot.Length / windowRows) + (snapshot.Length % windowRows == 0 ? 0 : 1);
        _lanes = DrawLanes();
        _parts = [.. _lanes.SelectMany(l => l.Parts).OrderBy(p => NeededFrom(p)).ThenBy(p => p.Lane)];
        _neededFrom = [.. _parts.Select(NeededFrom)];
        for (int i = 0; i < _parts.Length; i++)
        {
            _lanes[_parts[i].Lane].Segments.Add(i);
        }

        _firstWindow = WindowAt(start);
        while (FirstSegment < _parts.Length && Segment(FirstSegment) is var first && first.Start == first.End)
        {
            FirstSegment++;
        }
    }

    /// <summary>The same order from another place on.</summary>
    /// <param name="place">The place.</param>
    /// <param name="windowsAtOnce">The maximum number of windows whose strips are read of a lane at a time.</param>
    public ShuffledOrder From(long place, int windowsAtOnce) => new(Snapshot, _shuffle, place, _strip, windowsAtOnce);

    /// <summary>The same order, of which no more strips are read at a time than fit into a number of bytes, for all lanes together.</summary>
    /// <param name="bytes">The number of bytes.</param>
    /// <param name="bytesPerRow">The size of a row.</param>
    public ShuffledOrder Within(long bytes, int bytesPerRow) => From(Start, (int)Math.Clamp(bytes / ((long)Math.Max(1, bytesPerRow) * MostLanes * _strip), 1, MostWindowsAtOnce));

    /// <summary>The maximum number of windows whose strips are read of a lane at a time.</summary>
    public int WindowsAtOnce { get; }

    /// <summary>The number of windows.</summary>
    public long Windows { get; }

    /// <summary>The number of lanes, which are read in parallel.</summary>
    public int Lanes => _lanes.Length;

    public override long Length => Snapshot.Length;

    public override bool TakesWholeBatches => true;

    public override long FirstSegment { get; }

    public override long SegmentCount => _parts.Length;

    public override long OffsetsBefore => Start;

    public override ReadSegment Segment(long index)
    {
        Part part = _parts[index];
        long skipped = Math.Clamp(StripStart(part.Lane, _firstWindow) - part.Position, 0, part.Length); // strips of windows before the place at which the pass begins
        return new ReadSegment(part.PartitionIndex, part.Start + skipped, part.Start + part.Length);
    }

    /// <summary>The lane of a segment.</summary>
    public int LaneOf(long segment) => _parts[segment].Lane;

    /// <summary>The position in its lane of the record with offset 0 of a segment's partition, if the segment went back so far.</summary>
    public long OriginOf(long segment) => _parts[segment].Position - _parts[segment].Start;

    /// <remarks>The pieces of a window are taken lane by lane.</remarks>
    public override long TurnOf(long segment, long offset) => (PieceWindowOf(segment, offset) * Lanes) + _parts[segment].Lane;

    public override long OpenUntil(long segment, long offset)
    {
        long last = PieceWindowOf(segment, offset) + WindowsAhead;
        int low = 0;
        int high = _neededFrom.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (low, high) = _neededFrom[middle] <= last ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    public override IEnumerable<ReadPiece> Pieces()
    {
        int[] next = new int[Lanes]; // the part of each lane in which its next piece begins
        for (long window = _firstWindow; window < Windows; window++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                int index = IndexInPiece(lane, window);
                if (window != _firstWindow && index != 0)
                {
                    continue;
                }

                long position = StripStart(lane, window);
                long end = StripStart(lane, Math.Min(window + WindowsAtOnce - index, Windows));
                while (position < end)
                {
                    Part part = _lanes[lane].Parts[next[lane]];
                    long partEnd = part.Position + part.Length;
                    if (position >= partEnd)
                    {
                        next[lane]++;
                        continue;
                    }

                    long start = part.Start + position - part.Position;
                    position = Math.Min(end, partEnd);
                    yield return new ReadPiece(_lanes[lane].Segments[next[lane]], part.PartitionIndex, start, part.Start + position - part.Position, window);
                }
            }
        }
    }

    /// <summary>The position in a lane at which the strip of a window begins, and the one of the window before it ends.</summary>
    public long StripStart(int lane, long window)
    {
        long length = _lanes[lane].Length;
        return (length / Windows * window) + (length % Windows * window / Windows);
    }

    /// <summary>The place of a window's first row.</summary>
    public long PlaceOf(long window)
    {
        long place = 0;
        for (int lane = 0; lane < Lanes; lane++)
        {
            place += StripStart(lane, window);
        }

        return place;
    }

    /// <summary>The window that has a place; the number of windows for the place after the last row.</summary>
    public long WindowAt(long place)
    {
        if (place >= Length)
        {
            return Windows;
        }

        long window = (long)((double)place / Length * Windows); // at most one off
        while (PlaceOf(window) > place)
        {
            window--;
        }

        while (PlaceOf(window + 1) <= place)
        {
            window++;
        }

        return window;
    }

    /// <summary>The longest strip with which two windows of rows fit into a number of bytes: the larger the rows, the fewer per window.</summary>
    public static int StripWithin(long bytes, int bytesPerRow, DatasetSnapshot snapshot)
    {
        int strip = StripOf(snapshot);
        while (strip > LeastStrip && 2L * MostLanes * strip * bytesPerRow > bytes)
        {
            strip /= 2;
        }

        return strip;
    }

    /// <summary>The slots of a window in the order in which their rows are read: those of the first lane come first, in the order of its positions.</summary>
    /// <param name="window">The window.</param>
    /// <param name="slots">Where to write them, as many as the window has.</param>
    public void SlotsOf(long window, Span<int> slots)
    {
        var random = new SplitMix(SplitMix.Mix(_key ^ SplitMix.Mix((ulong)window + 1)));
        for (int i = 0; i < slots.Length; i++)
        {
            int other = random.Below(i + 1);
            slots[i] = slots[other];
            slots[other] = i;
        }
    }

    private static int StripOf(DatasetSnapshot snapshot) => snapshot.Length <= OneWindow ? (OneWindow / MostLanes) + 1 : DefaultStrip;

    /// <summary>The window whose strip of a lane has a position.</summary>
    private long WindowOf(int lane, long position)
    {
        long window = (long)((double)position / _lanes[lane].Length * Windows); // at most one off
        while (StripStart(lane, window) > position)
        {
            window--;
        }

        while (StripStart(lane, window + 1) <= position)
        {
            window++;
        }

        return window;
    }

    /// <summary>The window in which the piece begins that has an offset: the whole piece is read then.</summary>
    private long PieceWindowOf(long segment, long offset)
    {
        Part part = _parts[segment];
        long window = WindowOf(part.Lane, part.Position + Math.Clamp(offset - part.Start, 0, part.Length - 1));
        return Math.Max(_firstWindow, window - IndexInPiece(part.Lane, window));
    }

    private long NeededFrom(Part part) => WindowOf(part.Lane, part.Position);

    /// <summary>The number of windows since the one with which a lane's piece began: not all lanes begin pieces with the same one.</summary>
    private int IndexInPiece(int lane, long window) => (int)((window + (lane * WindowsAtOnce / Lanes)) % WindowsAtOnce);

    /// <summary>Cuts the snapshot into runs, and assigns them to lanes.</summary>
    private Lane[] DrawLanes()
    {
        if (Windows <= 1)
        {
            Lane all = new();
            AddRun(all, 0, 0, Length);
            return Windows == 0 ? [] : [all];
        }

        int count = (int)Math.Clamp(Length / ShortestRun, 1, Math.Clamp(Length / LongestRun, UsualRuns, MostRuns));
        var random = new SplitMix(_key);
        long[] cuts = new long[count];
        int[] runs = new int[count];
        for (int i = 0; i < count; i++)
        {
            long start = Share(i);
            cuts[i] = start + random.Below(Share(i + 1) - start);
        }

        for (int i = 0; i < count; i++)
        {
            int other = random.Below(i + 1);
            runs[i] = runs[other];
            runs[other] = i;
        }

        Lane[] lanes = [.. Enumerable.Range(0, Math.Min(MostLanes, count)).Select(_ => new Lane())];
        for (int i = 0; i < count; i++)
        {
            int run = runs[i];
            if (run + 1 < count)
            {
                AddRun(lanes[i % lanes.Length], i % lanes.Length, cuts[run], cuts[run + 1]);
            }
            else
            {
                AddRun(lanes[i % lanes.Length], i % lanes.Length, cuts[run], Length);
                AddRun(lanes[i % lanes.Length], i % lanes.Length, 0, cuts[0]);
            }
        }

        return lanes;

        long Share(int index) => (Length / count * index) + (Length % count * index / count);
    }

    /// <summary>Adds a run to a lane.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="index">Its index.</param>
    /// <param name="start">The number of offsets of the snapshot before the run.</param>
    /// <param name="end">The number before its end.</param>
    private void AddRun(Lane lane, int index, long start, long end)
    {
        long before = 0;
        for (int i = 0; i < Snapshot.Partitions.Count && before < end; i++)
        {
            PartitionRange range = Snapshot.Partitions[i];
            long from = Math.Max(start, before);
            long to = Math.Min(end, before + range.Length);
            if (from < to)
            {
                lane.Parts.Add(new Part(index, i, range.Start + from - before, to - from, lane.Length));
                lane.Length += to - from;
            }

            before += range.Length;
        }
    }

    /// <summary>The part of a run that lies in one partition: a segment.</summary>
    /// <param name="Lane">The lane of the run.</param>
    /// <param name="PartitionIndex">The partition, by its index in the snapshot.</param>
    /// <param name="Start">The first offset.</param>
    /// <param name="Length">The number of offsets.</param>
    /// <param name="Position">The number of offsets of the lane before it.</param>
    private readonly record struct Part(int Lane, int PartitionIndex, long Start, long Length, long Position);

    /// <summary>The runs that are read one after another, beside those of the other lanes.</summary>
    private sealed class Lane
    {
        public List<Part> Parts { get; } = [];

        /// <summary>The segment of each part.</summary>
        public List<int> Segments { get; } = [];

        public long Length { get; set; }
    }
}
