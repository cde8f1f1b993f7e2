using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Cache;

/// <summary>How far a segment has been read, and from where it is read now.</summary>
/// <param name="range">Its offsets.</param>
/// <param name="runs">Those that are not in the cache, by their index among all runs of the pass, in order.</param>
internal sealed class CachedSegment(PartitionRange range, Queue<(int Index, MissingRun Run)> runs)
{
    public PartitionRange Range => range;

    public Queue<(int Index, MissingRun Run)> Runs => runs;

    /// <summary>Every offset below it has been read.</summary>
    public long Position { get; set; } = range.Start;

    /// <summary>Where the offsets that are in the cache end: at the next run, or with the segment.</summary>
    public long CachedEnd => runs.TryPeek(out (int Index, MissingRun Run) next) ? next.Run.Start : range.End;

    /// <summary>Decodes what is read from the cache, up to <see cref="CachedEnd"/>; null: the segment is not read from the cache now.</summary>
    public SliceDecoder? Decoder { get; set; }

    /// <summary>The file that is read now.</summary>
    public CacheReader? File { get; set; }

    /// <summary>What fetches the offsets of a file that was damaged or is gone.</summary>
    public IRecordSource? Repair { get; set; }

    /// <summary>The offset up to which <see cref="Repair"/> reads.</summary>
    public long RepairEnd { get; set; }
}
