using KafkaDatasets.Fetching.Direct;
using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Cache;

/// <summary>How far a segment has been read, and where it is being read from.</summary>
/// <param name="range">Its offsets.</param>
/// <param name="runs">The runs that are not in the cache, in order, each with its index among all runs of the pass.</param>
internal sealed class CachedSegment(PartitionRange range, Queue<(int Index, MissingRun Run)> runs)
{
    public PartitionRange Range => range;

    public Queue<(int Index, MissingRun Run)> Runs => runs;

    /// <summary>The position: every offset below it has been read.</summary>
    public long Position { get; set; } = range.Start;

    /// <summary>Where the cached offsets end: at the next run, or at the end of the segment.</summary>
    public long CachedEnd => runs.TryPeek(out (int Index, MissingRun Run) next) ? next.Run.Start : range.End;

    /// <summary>Whether the next offsets are to be read from the cache.</summary>
    public bool IsInCache => RepairEnd is null && Position < CachedEnd;

    /// <summary>The next chunk from the cache, while it is decoded; everything else here belongs to it until it is taken. Null: none has been decoded in this way.</summary>
    public ChunkAhead? Ahead { get; set; }

    /// <summary>Decodes what is read from the cache, up to <see cref="CachedEnd"/>; null while the segment is not read from the cache.</summary>
    public SliceDecoder? Decoder { get; set; }

    /// <summary>The file being read.</summary>
    public CacheReader? File { get; set; }

    /// <summary>The offset up to which a file is damaged or no longer exists, from <see cref="Position"/> onwards; null while no such file has been found.</summary>
    public long? RepairEnd { get; set; }

    /// <summary>Fetches the offsets up to <see cref="RepairEnd"/>.</summary>
    public IRecordSource? Repair { get; set; }
}
