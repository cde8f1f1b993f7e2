namespace KafkaDatasets.Pipeline;

/// <summary>How a pipeline divides its memory; this never changes the rows or their order.</summary>
/// <param name="BlockRows">The maximum number of rows in a block.</param>
/// <param name="BlockBytes">The approximate maximum size of the records in a block, in bytes; blocks of larger records have fewer rows.</param>
/// <param name="Blocks">The maximum number of blocks between fetching and the reader.</param>
/// <param name="SourceBytes">The maximum size of the fetched records, in bytes.</param>
/// <param name="Workers">The maximum number of decoding threads; with 1 there are no workers, and records are decoded where they are put in order.</param>
internal sealed record PipelineOptions(int BlockRows, long BlockBytes, int Blocks, long SourceBytes, int Workers)
{
    /// <summary>The number of cores left for fetching and the reader.</summary>
    private const int CoresForOthers = 2;

    /// <summary>How long decoding a block takes at least for another thread to pay although no core is left for it: moving the block and its records from core to core, and waking threads, costs some ten microseconds.</summary>
    private static readonly TimeSpan SlowBlock = TimeSpan.FromMicroseconds(100);

    private const int MostAtOnce = 16;

    /// <summary>The rows of a window may take one part in this many of the limit of a pass.</summary>
    private const int WindowShare = 4;

    /// <summary>The maximum number of rows in a block of a shuffled order: a block is held until its last row is needed.</summary>
    private const int MostWindowRows = 1024;

    /// <summary>The number of blocks for which the reader is woken while more are on their way.</summary>
    public int BlocksAtOnce => Math.Clamp(Blocks / 2, 1, MostAtOnce);

    /// <summary>How long decoding a block must take before it is spread over more threads.</summary>
    public TimeSpan LeastBlockTime { get; init; }

    /// <summary>The maximum number of additional blocks that are kept for reuse, for a reader that holds many at a time.</summary>
    public int BlocksKept { get; init; }

    /// <summary>The approximate maximum size of the rows that the reader of a shuffled order holds for all windows, in bytes: where it holds more, it reads fewer rows of a block at a time.</summary>
    public long HeldBytes { get; init; }

    /// <summary>The maximum size of the rows of a window that the reader holds, in bytes; of a larger window it holds a part, and reads the window again for the others.</summary>
    public long WindowBytes { get; init; }

    /// <summary>The limit of a pass, in bytes, with which a window fits into the part of it that is for windows, rounded up to whole MiB.</summary>
    /// <param name="windowBytes">The size of the window's rows, in bytes.</param>
    public static long EnoughFor(long windowBytes) => ((windowBytes * WindowShare) + (1 << 20) - 1) >> 20 << 20;

    /// <summary>As many as there are cores for, and two where decoding is slow.</summary>
    private static int DefaultWorkers => Math.Max(Math.Min(2, Environment.ProcessorCount), Environment.ProcessorCount - CoresForOthers);

    /// <summary>Divides the memory for a shuffled order: three eighths for records, an eighth for rows on their way to the reader, and the rest for the rows that it holds, because they are needed later.</summary>
    /// <param name="prefetchBytes">The limit of the whole pass, in bytes.</param>
    /// <param name="bytesPerRow">The size of a decoded row, in bytes.</param>
    /// <param name="workers">The maximum number of decoding threads, or null for all cores but two, and two where decoding is slow.</param>
    public static PipelineOptions ForWindows(long prefetchBytes, int bytesPerRow, int? workers)
    {
        const int blocks = 32;
        long quarter = prefetchBytes / WindowShare;
        int rows = (int)Math.Clamp(quarter / 2 / blocks / Math.Max(1, bytesPerRow), 1, MostWindowRows);
        return new PipelineOptions(
            rows,
            Math.Max(4 << 10, quarter / 2 / blocks),
            blocks,
            prefetchBytes / 8 * 3,
            workers ?? DefaultWorkers)
        {
            LeastBlockTime = LeastBlockTimeOf(workers),
            BlocksKept = (int)Math.Clamp(quarter * 3 / ((long)rows * Math.Max(1, bytesPerRow)), 1, 1024),
            WindowBytes = quarter,
            HeldBytes = prefetchBytes / 2,
        };
    }

    /// <summary>Divides the memory: three quarters for records, a quarter for rows.</summary>
    /// <param name="prefetchBytes">The limit of the whole pass, in bytes.</param>
    /// <param name="bytesPerRow">The size of a decoded row, in bytes.</param>
    /// <param name="isFixedWidth">Whether all rows have this size, whatever the size of their records.</param>
    /// <param name="wantedRows">The number of rows that the reader wants in a block.</param>
    /// <param name="workers">The maximum number of decoding threads, or null for all cores but two, and two where decoding is slow.</param>
    public static PipelineOptions For(long prefetchBytes, int bytesPerRow, bool isFixedWidth, int wantedRows, int? workers)
    {
        long rowBytes = prefetchBytes / 4;
        int rows = (int)Math.Clamp(rowBytes / 4 / Math.Max(1, bytesPerRow), 1, wantedRows);
        int blocks = (int)Math.Clamp(rowBytes / Math.Max(1, (long)rows * bytesPerRow), 2, 32);
        long sourceBytes = prefetchBytes - rowBytes;
        return new PipelineOptions(
            rows,
            Math.Max(64 << 10, (isFixedWidth ? sourceBytes : rowBytes) / blocks), // texts take as much room in a block as in their records
            blocks,
            sourceBytes,
            workers ?? DefaultWorkers)
        {
            LeastBlockTime = LeastBlockTimeOf(workers),
        };
    }

    private static TimeSpan LeastBlockTimeOf(int? workers) => workers is null && Environment.ProcessorCount < CoresForOthers + DefaultWorkers ? SlowBlock : TimeSpan.Zero;
}
